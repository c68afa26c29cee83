import { http } from '@google-cloud/functions-framework';
import { createEntrance } from '@firesink/shared/entrance/entrance.ts';
import { parseLoadEvent } from '@firesink/shared/messages/load.ts';
import { load } from '@firesink/shared/stages/load.ts';

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
