// What a subscription may be set to: defaults, bounds, and what cannot be changed later (pubsub.proto,
// `Subscription`). What the local Pub/Sub cannot do is refused here, by name.
import { status } from '@grpc/grpc-js';
import { checkBounds, invalidArgument, invalidName, notServed } from './errors.ts';
import { parseFilter } from './filter.ts';
import { parseName } from './names.ts';
import { type Duration, durationMs, type PushConfig, type Subscription } from './wire.ts';

const DAY_SECONDS = 86_400;
const DEFAULT_ACK_DEADLINE_SECONDS = 10;
const DEFAULT_RETENTION: Duration = { seconds: 7 * DAY_SECONDS, nanos: 0 };
const DEFAULT_TTL: Duration = { seconds: 31 * DAY_SECONDS, nanos: 0 };
const DEFAULT_MINIMUM_BACKOFF: Duration = { seconds: 10, nanos: 0 };
const DEFAULT_MAXIMUM_BACKOFF: Duration = { seconds: 600, nanos: 0 };
const DEFAULT_MAX_DELIVERY_ATTEMPTS = 5;

/** Field paths of an update mask, each with what it takes over from the request. */
const MUTABLE: Record<string, (from: Subscription) => Partial<Subscription>> = {
  ack_deadline_seconds: ({ ackDeadlineSeconds }) => ({ ackDeadlineSeconds }),
  dead_letter_policy: ({ deadLetterPolicy }) => ({ deadLetterPolicy }),
  enable_exactly_once_delivery: (from) => ({
    enableExactlyOnceDelivery: from.enableExactlyOnceDelivery,
  }),
  expiration_policy: ({ expirationPolicy }) => ({ expirationPolicy }),
  labels: ({ labels }) => ({ labels }),
  message_retention_duration: (from) => ({
    messageRetentionDuration: from.messageRetentionDuration,
  }),
  push_config: ({ pushConfig }) => ({ pushConfig }),
  retain_acked_messages: ({ retainAckedMessages }) => ({ retainAckedMessages }),
  retry_policy: ({ retryPolicy }) => ({ retryPolicy }),
};
const IMMUTABLE = new Set(['name', 'topic', 'enable_message_ordering', 'filter', 'detached']);

/**
 * The subscription as it will be kept and shown: defaults filled in.
 *
 * @throws {PubsubError} for what the service would refuse, and for what is not served here
 */
export function completeSubscription(request: Subscription): Subscription {
  refuseUnserved(request);
  parseFilter(request.filter);
  const subscription = {
    ...request,
    state: 'ACTIVE',
    detached: false,
    pushConfig: completePushConfig(request.pushConfig),
    ackDeadlineSeconds: request.ackDeadlineSeconds || DEFAULT_ACK_DEADLINE_SECONDS,
    messageRetentionDuration: request.messageRetentionDuration ?? DEFAULT_RETENTION,
    expirationPolicy: request.expirationPolicy ?? { ttl: DEFAULT_TTL },
    deadLetterPolicy: request.deadLetterPolicy && {
      ...request.deadLetterPolicy,
      maxDeliveryAttempts:
        request.deadLetterPolicy.maxDeliveryAttempts || DEFAULT_MAX_DELIVERY_ATTEMPTS,
    },
    retryPolicy: request.retryPolicy && {
      minimumBackoff: request.retryPolicy.minimumBackoff ?? DEFAULT_MINIMUM_BACKOFF,
      maximumBackoff: request.retryPolicy.maximumBackoff ?? DEFAULT_MAXIMUM_BACKOFF,
    },
  };
  delete subscription.tags; // Only ever read; the service does not show them either.
  checkLimits(subscription);
  return subscription;
}

/**
 * @param paths of the update mask: `ack_deadline_seconds`
 * @throws {PubsubError} for unknown and immutable fields
 */
export function updateSubscription(
  current: Subscription,
  request: Subscription,
  paths: readonly string[],
): Subscription {
  let updated = current;
  for (const path of paths) {
    const take = Object.hasOwn(MUTABLE, path) ? MUTABLE[path] : undefined;
    if (!take) throw refusedPath(path);
    updated = { ...updated, ...take(request) };
  }
  return completeSubscription(updated);
}

/** @throws {PubsubError} for an endpoint nothing can be pushed to */
export function completePushConfig(config: PushConfig | null): PushConfig {
  if (!config?.pushEndpoint) return { pushEndpoint: '', attributes: {} };
  if (!/^https?:$/.test(URL.parse(config.pushEndpoint)?.protocol ?? '')) {
    throw invalidArgument(
      `Invalid push endpoint given (endpoint=${config.pushEndpoint}). Refer to https://cloud.google.com/pubsub/docs/push for more information.`,
    );
  }
  const { 'x-goog-version': version = 'v1', ...others } = config.attributes;
  const [unknown] = Object.keys(others);
  if (unknown) throw invalidArgument(`Unsupported push attribute (attribute=${unknown}).`);
  if (version !== 'v1' && version !== 'v1beta2') {
    throw notServed(`The push format x-goog-version=${version}`);
  }
  return { ...config, attributes: { 'x-goog-version': version } };
}

function refusedPath(path: string) {
  const reason = IMMUTABLE.has(path)
    ? `the ${path} field in the Subscription is not mutable.`
    : `${path} is not a known Subscription field. Note that field paths must be of the form 'push_config' rather than 'pushConfig'.`;
  return invalidArgument(
    `Invalid update_mask provided in the UpdateSubscriptionRequest: ${reason}`,
  );
}

function refuseUnserved(request: Subscription): void {
  if (request.bigqueryConfig) throw notServed('Delivery to BigQuery');
  if (request.cloudStorageConfig) throw notServed('Delivery to Cloud Storage');
  if (request.bigtableConfig) throw notServed('Delivery to Bigtable');
  if (request.messageTransforms.length > 0) throw notServed('A message transform');
  if (request.enableExactlyOnceDelivery) throw notServed('Exactly-once delivery');
}

function checkLimits(subscription: Subscription): void {
  const seconds = (field: string, value: Duration | null | undefined, min: number, max: number) => {
    if (value) checkBounds(field, durationMs(value) / 1000, { min, max, unit: 's' });
  };
  checkBounds('ack_deadline_seconds', subscription.ackDeadlineSeconds, { min: 10, max: 600 });
  const retention = subscription.messageRetentionDuration;
  seconds('message_retention_duration', retention, 600, 31 * DAY_SECONDS);
  const ttl = subscription.expirationPolicy?.ttl;
  seconds('expiration_policy.ttl', ttl, DAY_SECONDS, Number.POSITIVE_INFINITY);
  const { deadLetterPolicy, retryPolicy } = subscription;
  if (deadLetterPolicy) {
    const { deadLetterTopic, maxDeliveryAttempts } = deadLetterPolicy;
    if (!deadLetterTopic) throw invalidName('', 'dead_letter_topic');
    parseName('topics', deadLetterTopic, 'dead_letter_topic');
    // OUT_OF_RANGE, where all other limits are INVALID_ARGUMENT: so Google's emulator has it.
    const bounds = { min: 5, max: 100, code: status.OUT_OF_RANGE };
    checkBounds('max_delivery_attempts', maxDeliveryAttempts, bounds);
  }
  const minimum = retryPolicy?.minimumBackoff;
  seconds('minimum_backoff', minimum, 0, 600);
  const minimumSeconds = minimum ? durationMs(minimum) / 1000 : 0;
  seconds('maximum_backoff', retryPolicy?.maximumBackoff, minimumSeconds, 600);
}
