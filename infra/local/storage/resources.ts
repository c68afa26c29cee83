// Records in the form the JSON API shows them: 64-bit numbers as strings, times in RFC 3339.
import { formatCrc32c } from './hashes.ts';
import type { BucketRecord, NotificationConfig, ObjectRecord } from './records.ts';

/** Fields of an object that its owner may set; all else in a request's resource is ignored, as by the service. */
export const OBJECT_ATTRIBUTES = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'contexts',
  'customTime',
  'metadata',
  'storageClass',
] as const;

const formatTime = (ms: number): string => new Date(ms).toISOString();

/** A protobuf of generation and metageneration in base64, e.g. `CLD0+5nq4+sCEAE=`, as the service makes it. */
function formatEtag(generation: number, metageneration: number): string {
  const bytes = [0x08, ...varint(generation), 0x10, ...varint(metageneration)];
  return Buffer.from(bytes).toString('base64');
}

function varint(value: number): number[] {
  // Not by bit operations: generations have more than 32 bits.
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** `service-…@…` names a project by number; ours is the same for a project every time. */
export function projectNumber(project: string): string {
  let number = 100_000_000_000;
  for (const byte of Buffer.from(project)) number = (number * 31 + byte) % 899_999_999_999;
  return String(number + 100_000_000_000);
}

/** @param baseUrl  `http://127.0.0.1:8690`, without a slash at its end */
export function objectResource(record: ObjectRecord, baseUrl: string) {
  const { bucket, name, content, attributes } = record;
  const generation = String(record.generation);
  const path = `storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  const created = formatTime(record.createdMs);
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/${path}`,
    mediaLink: `${baseUrl}/download/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(record.metageneration),
    storageClass: 'STANDARD',
    ...attributes,
    size: String(content.size),
    ...(content.md5 === undefined ? {} : { md5Hash: content.md5 }),
    crc32c: formatCrc32c(content.crc32c),
    ...(content.componentCount === undefined ? {} : { componentCount: content.componentCount }),
    etag: formatEtag(record.generation, record.metageneration),
    timeCreated: created,
    updated: formatTime(record.updatedMs),
    timeStorageClassUpdated: created,
    timeFinalized: created,
  };
}

export function bucketResource(record: BucketRecord, baseUrl: string) {
  const { name, metageneration } = record;
  return {
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    iamConfiguration: {
      bucketPolicyOnly: { enabled: true },
      uniformBucketLevelAccess: { enabled: true },
      publicAccessPrevention: 'inherited',
    },
    ...record.attributes,
    softDeletePolicy: { retentionDurationSeconds: '0' },
    kind: 'storage#bucket',
    id: name,
    selfLink: `${baseUrl}/storage/v1/b/${name}`,
    name,
    projectNumber: projectNumber(record.project),
    metageneration: String(metageneration),
    etag: formatEtag(metageneration, metageneration),
    timeCreated: formatTime(record.createdMs),
    updated: formatTime(record.updatedMs),
  };
}

export function notificationResource(bucket: string, config: NotificationConfig, baseUrl: string) {
  const { id, topic, payloadFormat, eventTypes, objectNamePrefix, customAttributes } = config;
  return {
    kind: 'storage#notification',
    id,
    selfLink: `${baseUrl}/storage/v1/b/${bucket}/notificationConfigs/${id}`,
    topic: `//pubsub.googleapis.com/${topic}`,
    payload_format: payloadFormat,
    ...(eventTypes === undefined ? {} : { event_types: eventTypes }),
    ...(objectNamePrefix === undefined ? {} : { object_name_prefix: objectNamePrefix }),
    ...(customAttributes === undefined ? {} : { custom_attributes: customAttributes }),
    etag: id,
  };
}

/** The topic's attribute and the start of a message's id: `projects/_/buckets/b/notificationConfigs/1`. */
export const notificationName = (bucket: string, id: string): string =>
  `projects/_/buckets/${bucket}/notificationConfigs/${id}`;
