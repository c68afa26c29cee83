// How long a message waits after it was refused (pubsub.proto, `RetryPolicy`).
import { durationMs, type RetryPolicy } from './wire.ts';

const DEFAULT_MINIMUM_MS = 10_000;
const DEFAULT_MAXIMUM_MS = 600_000;
/** Spreads messages that failed together; never below what the policy promises. */
const JITTER = 0.1;

/**
 * Doubles from the policy's minimum to its maximum, plus up to a tenth.
 *
 * @param failures how often the message was refused so far, at least 1
 * @param random   0 to 1
 * @returns milliseconds; 0 without a policy: as soon as possible
 */
export function retryDelayMs(policy: RetryPolicy | null, failures: number, random: number): number {
  if (!policy) return 0;
  const minimumMs = policy.minimumBackoff ? durationMs(policy.minimumBackoff) : DEFAULT_MINIMUM_MS;
  const maximumMs = policy.maximumBackoff ? durationMs(policy.maximumBackoff) : DEFAULT_MAXIMUM_MS;
  const delayMs = minimumMs * 2 ** (failures - 1) * (1 + JITTER * random);
  return Math.min(delayMs, maximumMs);
}
