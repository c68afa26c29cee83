import { createEntrance } from '@firesink/shared/entrance/entrance.ts';
import { parseLoadEvent } from '@firesink/shared/messages/load.ts';
import { load } from '@firesink/shared/stages/load.ts';
import { http } from '@google-cloud/functions-framework';

http(
  'load',
  createEntrance({
    name: 'load',
    work: async (event, { services, environment, deadlineMs }) => {
      const task = parseLoadEvent(event, environment);
      if (task) await load(task, services, { deadlineMs });
    },
  }),
);
