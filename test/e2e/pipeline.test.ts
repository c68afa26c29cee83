// Documents in Firestore become rows in BigQuery through the three functions: by a schedule message, by a
// resync message, by a file. One system with the sample for all of it; each part works on slices of its own.
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { seedSample } from '../../infra/local/demo/seed.ts';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { publish, takeDeadLetters } from '../support/pipeline.ts';
import { eventTests } from './pipeline/events.ts';
import { messageTests } from './pipeline/messages.ts';
import { resyncTests } from './pipeline/resync.ts';
import { scheduleTests } from './pipeline/schedule.ts';
import { uploadTests } from './pipeline/uploads.ts';

let started: LocalSystem | undefined;

function system(): LocalSystem {
  if (!started) throw new Error('only within a test');
  return started;
}

beforeAll(async () => {
  started = await startLocal();
  await seedSample(started.firestoreHost);
  await publish(started, 'schedule', {});
  await started.idle();
});

afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await takeDeadLetters(system());
});

// The first of them sees what the schedule message brought, before the others change any of it.
describe('a schedule message', () => scheduleTests(system));
describe('a resync message', () => resyncTests(system));
describe('an uploaded file', () => uploadTests(system));
describe('a message that can never succeed', () => messageTests(system));
describe('an event in every form it can come in', () => eventTests(system));
