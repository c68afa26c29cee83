// The load function with one guard of its chain left out (`CHAOS_WITHOUT`), to see that chaos notices.
import { createEntrance } from '@firesink/shared/entrance/entrance.ts';
import { parseLoadEvent } from '@firesink/shared/messages/load.ts';
import { load } from '@firesink/shared/stages/load.ts';
import { http } from '@google-cloud/functions-framework';
import { GUARDS } from '../../../support/chain-guards.ts';

const without = Object.entries(GUARDS).find(([name]) => name === process.env.CHAOS_WITHOUT);
if (!without) throw new Error('CHAOS_WITHOUT names no guard');
const [, decide] = without;

http(
  'load',
  createEntrance({
    name: 'load',
    work: async (event, { services, environment, deadlineMs }) => {
      const task = parseLoadEvent(event, environment);
      if (task) await load(task, services, { deadlineMs, decide });
    },
  }),
);
