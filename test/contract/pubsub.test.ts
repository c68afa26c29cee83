// What the official client may expect of Pub/Sub: one suite, run against the local stand-in and, unchanged,
// against Google's emulator. Where the emulator falls short of the documented service is named in
// pubsub/fixture.ts; those promises are tested on the stand-in alone.
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startPubsub } from '../../infra/local/pubsub/server.ts';
import { openClients } from '../support/pubsub-client.ts';
import { startGooglePubsub } from '../support/pubsub-emulator.ts';
import { missing } from '../support/tools.ts';
import { createFixture, EMULATOR_LACKS, type FeatureTest, type Fixture } from './pubsub/fixture.ts';
import { messages } from './pubsub/messages.ts';
import { pulling } from './pubsub/pulling.ts';
import { pushing } from './pubsub/pushing.ts';
import { streaming } from './pubsub/streaming.ts';
import { subscriptions } from './pubsub/subscriptions.ts';
import { topics } from './pubsub/topics.ts';

const PARTS = { topics, subscriptions, messages, pulling, streaming, pushing };

function pubsubContract(
  start: () => Promise<{ host: string } & AsyncDisposable>,
  { lacks }: { lacks: readonly string[] },
): void {
  const opened = new AsyncDisposableStack();
  let fixture: Fixture | undefined;
  beforeAll(async () => {
    const { host } = opened.use(await start());
    fixture = createFixture(opened.use(openClients(host, 'pubsub-contract')));
  });
  afterAll(() => opened.disposeAsync());

  const open = () => {
    if (!fixture) throw new Error('the server is started before the first test, not before that');
    return fixture;
  };
  const featureTest: FeatureTest = (feature, name, run) => {
    if (!lacks.includes(feature)) test(name, run);
  };
  for (const [name, register] of Object.entries(PARTS)) {
    describe(name, () => register({ open, featureTest }));
  }
}

describe('the local Pub/Sub', () => {
  pubsubContract(() => startPubsub({ port: 0 }), { lacks: [] });
});

describe.skipIf(missing('java', 'gcloud').length > 0)(
  "Google's Pub/Sub emulator (needs java and gcloud)",
  () => pubsubContract(startGooglePubsub, { lacks: EMULATOR_LACKS }),
);
