import { Timestamp } from '@google-cloud/firestore';
import type { Random } from './random.ts';

/** Seconds. 2020-01-01T00:00:00Z; the sample's times lie in the six years after it. */
const FIRST_SECOND = 1_577_836_800;
const SIX_YEARS_SECONDS = 6 * 365 * 24 * 3600;

/** With microseconds, as Firestore keeps them and a Date would not. */
export function timestampAt(random: Random): Timestamp {
  const seconds = FIRST_SECOND + random.integer(0, SIX_YEARS_SECONDS);
  return new Timestamp(seconds, random.integer(0, 999_999) * 1000);
}
