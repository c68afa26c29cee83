import { createEntrance } from '@firesink/shared/entrance/entrance.ts';
import { requirePubsub } from '@firesink/shared/entrance/require-pubsub.ts';
import { parseScheduleMessage } from '@firesink/shared/messages/schedule.ts';
import { plan } from '@firesink/shared/stages/plan.ts';
import { http } from '@google-cloud/functions-framework';

http(
  'scheduler',
  createEntrance({
    name: 'scheduler',
    work: (event, { services, environment, nowMs }) =>
      plan(parseScheduleMessage(requirePubsub(event), environment, nowMs), services),
  }),
);
