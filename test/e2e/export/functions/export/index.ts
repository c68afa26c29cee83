// The export function with parts so small that a task has many of them before it hands over.
import { createEntrance } from '@firesink/shared/entrance/entrance.ts';
import { requirePubsub } from '@firesink/shared/entrance/require-pubsub.ts';
import { parseExportMessage } from '@firesink/shared/messages/export.ts';
import { exportCollection } from '@firesink/shared/stages/export.ts';
import { http } from '@google-cloud/functions-framework';

const documentsPerPart = Number(process.env.TEST_DOCUMENTS_PER_PART);

http(
  'export',
  createEntrance({
    name: 'export',
    work: (event, { services, environment, nowMs, deadlineMs }) => {
      const task = parseExportMessage(requirePubsub(event), environment, nowMs);
      return exportCollection(task, services, { deadlineMs, documentsPerPart });
    },
  }),
);
