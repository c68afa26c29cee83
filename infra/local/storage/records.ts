// What is kept of buckets, objects and upload sessions. Records are never changed, only replaced, so that
// whoever holds one sees one state; times are milliseconds since 1970, UTC.
import type { ExpectedHashes, Hashes } from './hashes.ts';

export interface NotificationConfig {
  /** Counts from 1 in each bucket. */
  id: string;
  /** `projects/p/topics/t` */
  topic: string;
  payloadFormat: 'JSON_API_V1' | 'NONE';
  /** Empty or absent: all of them. */
  eventTypes?: EventType[];
  objectNamePrefix?: string;
  customAttributes?: Record<string, string>;
}

export const EVENT_TYPES = [
  'OBJECT_FINALIZE',
  'OBJECT_METADATA_UPDATE',
  'OBJECT_DELETE',
  'OBJECT_ARCHIVE',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export interface BucketRecord {
  name: string;
  project: string;
  metageneration: number;
  createdMs: number;
  updatedMs: number;
  /** What its owner set: `location`, `storageClass`, `labels`, `lifecycle`, … as in the API. */
  attributes: Record<string, unknown>;
  notifications: NotificationConfig[];
  nextNotificationId: number;
}

/** A file under `blobs/`, whole. Composed and copied objects share files with their sources. */
export interface Segment {
  blob: string;
  size: number;
}

export interface Content extends Hashes {
  segments: readonly Segment[];
  /** Only on composed objects: how many uploads they are made of. */
  componentCount?: number;
}

export interface ObjectRecord {
  bucket: string;
  name: string;
  /** Microseconds since 1970; no two of a server's objects ever share one, and later ones are larger. */
  generation: number;
  metageneration: number;
  createdMs: number;
  updatedMs: number;
  content: Content;
  /** What its owner set: `contentType`, `metadata`, … as in the API. */
  attributes: ObjectAttributes;
}

export type ObjectAttributes = Record<string, unknown>;

export interface Preconditions {
  ifGenerationMatch?: number;
  ifGenerationNotMatch?: number;
  ifMetagenerationMatch?: number;
  ifMetagenerationNotMatch?: number;
}

/** What a request says about the object that its bytes will be. */
export interface Upload {
  bucket: string;
  name: string;
  attributes: ObjectAttributes;
  preconditions: Preconditions;
  expected: ExpectedHashes;
  /** Bytes, where the client announced them. */
  size?: number;
}

/** A resumable upload that is not finished. */
export interface SessionRecord extends Upload {
  id: string;
  blob: string;
  createdMs: number;
}

/** A notification on its way to Pub/Sub. */
export interface Message {
  id: string;
  /** `projects/p/topics/t` */
  topic: string;
  /** `projects/_/buckets/b/notificationConfigs/1` */
  config: string;
  attributes: Record<string, string>;
  /** JSON text, empty for payload format NONE. */
  data: string;
}
