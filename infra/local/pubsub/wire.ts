// The messages of google.pubsub.v1 as protos.ts decodes them: every field present, 64-bit integers as
// numbers (only durations and limits use them here), unset messages null. Only what is read here is named;
// the rest of a resource travels through untouched.

export interface Duration {
  seconds: number;
  nanos: number;
}

export interface Topic {
  /** `projects/p/topics/t` */
  name: string;
  labels: Record<string, string>;
  messageRetentionDuration: Duration | null;
  kmsKeyName: string;
  schemaSettings: object | null;
  ingestionDataSourceSettings: object | null;
  messageTransforms: object[];
  tags?: Record<string, string>;
  state: string;
}

export interface PubsubMessage {
  data: Buffer;
  attributes: Record<string, string>;
  messageId: string;
  publishTime: Duration | null;
  orderingKey: string;
}

export interface PushConfig {
  /** Empty: messages are pulled. */
  pushEndpoint: string;
  attributes: Record<string, string>;
  noWrapper?: { writeMetadata: boolean } | null;
}

export interface RetryPolicy {
  minimumBackoff: Duration | null;
  maximumBackoff: Duration | null;
}

interface DeadLetterPolicy {
  /** `projects/p/topics/t` */
  deadLetterTopic: string;
  /** 5 to 100. */
  maxDeliveryAttempts: number;
}

export interface Subscription {
  /** `projects/p/subscriptions/s` */
  name: string;
  /** `_deleted-topic_` once it is deleted. */
  topic: string;
  pushConfig: PushConfig | null;
  ackDeadlineSeconds: number;
  retainAckedMessages: boolean;
  messageRetentionDuration: Duration | null;
  labels: Record<string, string>;
  enableMessageOrdering: boolean;
  expirationPolicy: { ttl: Duration | null } | null;
  filter: string;
  deadLetterPolicy: DeadLetterPolicy | null;
  retryPolicy: RetryPolicy | null;
  detached: boolean;
  enableExactlyOnceDelivery: boolean;
  bigqueryConfig: object | null;
  cloudStorageConfig: object | null;
  bigtableConfig: object | null;
  messageTransforms: object[];
  tags?: Record<string, string>;
  state: string;
}

export interface ReceivedMessage {
  ackId: string;
  message: PubsubMessage;
  /** 0 without a dead-letter policy, as the service has it. */
  deliveryAttempt: number;
}

export interface FieldMask {
  paths: string[];
}

export interface PageRequest {
  pageSize: number;
  pageToken: string;
}

export interface StreamingPullRequest {
  subscription: string;
  ackIds: string[];
  modifyDeadlineSeconds: number[];
  modifyDeadlineAckIds: string[];
  streamAckDeadlineSeconds: number;
  maxOutstandingMessages: number;
  maxOutstandingBytes: number;
}

export interface StreamingPullResponse {
  receivedMessages?: ReceivedMessage[];
  subscriptionProperties?: {
    exactlyOnceDeliveryEnabled: boolean;
    messageOrderingEnabled: boolean;
  };
}

export function durationMs(duration: Duration): number {
  return duration.seconds * 1000 + duration.nanos / 1e6;
}

export function formatTimestamp(timeMs: number): Duration {
  const seconds = Math.floor(timeMs / 1000);
  return { seconds, nanos: Math.round((timeMs - seconds * 1000) * 1e6) };
}
