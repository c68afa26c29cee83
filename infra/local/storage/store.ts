// Buckets, objects and upload sessions: the state behind the protocol. Every change is checked, journalled
// and shown in one synchronous step, so no request ever sees half of another's, nor does the next process.

import type { BlobStore } from './blobs.ts';
import { conflict, noSuchBucket, noSuchObject } from './errors.ts';
import { messagesFor, type ObjectEvent } from './events.ts';
import type { Change, Journal } from './journal.ts';
import { NamedRecords } from './names.ts';
import { checkWrite } from './preconditions.ts';
import type {
  BucketRecord,
  Content,
  Message,
  ObjectAttributes,
  ObjectRecord,
  Preconditions,
  SessionRecord,
} from './records.ts';

interface Bucket {
  record: BucketRecord;
  objects: NamedRecords<ObjectRecord>;
}

export interface NewObject {
  bucket: string;
  name: string;
  content: Content;
  attributes: ObjectAttributes;
  preconditions: Preconditions;
  /** The upload session that ends with it. */
  session?: SessionRecord;
}

interface StoreOptions {
  journal: Journal;
  blobs: BlobStore;
  /** Milliseconds since 1970, UTC. */
  clock: () => number;
  /** Where links in notifications lead. */
  baseUrl: () => string;
}

const bucketKey = (name: string) => `bucket/${name}`;
const objectKey = ({ bucket, name }: ObjectRecord) => `object/${bucket}/${name}`;
const messageKey = ({ id }: Message) => `message/${id}`;
const sessionKey = (id: string) => `session/${id}`;
const finishedKey = (id: string) => `finished/${id}`;
/** The last generation given out: deleting the newest object must not free its number. */
const GENERATION_KEY = 'generation/last';

/** Finished sessions remembered. Their clients ask within seconds, or never. */
const MAX_FINISHED = 1000;

export class Store {
  readonly blobs: BlobStore;
  readonly #journal: Journal;
  readonly #clock: () => number;
  readonly #baseUrl: () => string;
  readonly #buckets = new Map<string, Bucket>();
  /** Unfinished upload sessions, those of an earlier process too. */
  readonly sessions = new Map<string, SessionRecord>();
  /** What became of the last sessions: their clients may not have got the answer. */
  readonly finished = new Map<string, ObjectRecord>();
  /** Notifications an earlier process did not get published. */
  readonly unpublished: Message[] = [];
  #lastGeneration = 0;
  #onMessages: (messages: Message[]) => void = () => undefined;

  constructor({ journal, blobs, clock, baseUrl }: StoreOptions) {
    this.#journal = journal;
    this.blobs = blobs;
    this.#clock = clock;
    this.#baseUrl = baseUrl;
    this.#load();
  }

  /** Called with every change's notifications, once they are journalled. */
  onMessages(callback: (messages: Message[]) => void): void {
    this.#onMessages = callback;
  }

  now(): number {
    return this.#clock();
  }

  // Buckets

  buckets(project: string): BucketRecord[] {
    const records = [...this.#buckets.values()].map(({ record }) => record);
    return records
      .filter((record) => record.project === project)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws {StorageError} 404 */
  bucket(name: string): BucketRecord {
    return this.#bucket(name).record;
  }

  createBucket(record: BucketRecord): void {
    if (this.#buckets.has(record.name)) {
      throw conflict(
        'Your previous request to create the named bucket succeeded and you already own it.',
      );
    }
    this.#commit([[bucketKey(record.name), record]]);
    this.#buckets.set(record.name, { record, objects: new NamedRecords() });
  }

  replaceBucket(record: BucketRecord): void {
    const bucket = this.#bucket(record.name);
    this.#commit([[bucketKey(record.name), record]]);
    bucket.record = record;
  }

  deleteBucket(name: string): void {
    if (this.#bucket(name).objects.size > 0) {
      throw conflict('The bucket you tried to delete is not empty.');
    }
    this.#commit([[bucketKey(name), null]]);
    this.#buckets.delete(name);
  }

  // Objects

  /** @throws {StorageError} 404, where there is no such bucket */
  live(bucket: string, name: string): ObjectRecord | undefined {
    return this.#bucket(bucket).objects.get(name);
  }

  /** @throws {StorageError} 404, also for a generation that is no longer or not yet the live one */
  object(bucket: string, name: string, generation?: number): ObjectRecord {
    const object = this.live(bucket, name);
    if (object === undefined || (generation ?? object.generation) !== object.generation) {
      throw noSuchObject(bucket, name);
    }
    return object;
  }

  /** Names in the order of listings. */
  names(bucket: string): readonly string[] {
    return this.#bucket(bucket).objects.names();
  }

  /** @throws {StorageError} 404, 412 */
  createObject(created: NewObject): ObjectRecord {
    const { bucket, name, content, attributes, preconditions, session } = created;
    const previous = this.live(bucket, name);
    checkWrite(preconditions, previous);
    const timeMs = this.now();
    const object: ObjectRecord = {
      bucket,
      name,
      generation: this.#nextGeneration(timeMs),
      metageneration: 1,
      createdMs: timeMs,
      updatedMs: timeMs,
      content,
      attributes,
    };
    const events: ObjectEvent[] = [
      {
        type: 'OBJECT_FINALIZE',
        object,
        timeMs,
        ...(previous === undefined ? {} : { overwroteGeneration: previous.generation }),
      },
    ];
    if (previous !== undefined) {
      const overwrittenByGeneration = object.generation;
      events.push({ type: 'OBJECT_DELETE', object: previous, timeMs, overwrittenByGeneration });
    }
    this.#replaceObject(object, events, [
      [GENERATION_KEY, { generation: object.generation }],
      ...(session === undefined ? [] : this.#finishChanges(session, object)),
    ]);
    if (session !== undefined) this.#finishSession(session, object);
    return object;
  }

  /** New attributes for an object that stays the same. */
  updateObject(object: ObjectRecord, attributes: ObjectAttributes): ObjectRecord {
    const timeMs = this.now();
    const metageneration = object.metageneration + 1;
    const updated = { ...object, attributes, metageneration, updatedMs: timeMs };
    this.#replaceObject(updated, [{ type: 'OBJECT_METADATA_UPDATE', object: updated, timeMs }]);
    return updated;
  }

  deleteObject(object: ObjectRecord): void {
    const { record, objects } = this.#bucket(object.bucket);
    const event: ObjectEvent = { type: 'OBJECT_DELETE', object, timeMs: this.now() };
    const messages = messagesFor(record, event, this.#baseUrl());
    this.#commit([[objectKey(object), null]], messages);
    objects.delete(object.name);
    this.blobs.release(object.content.segments);
    this.#onMessages(messages);
  }

  // Upload sessions and notifications

  keepSession(session: SessionRecord): void {
    this.#commit([[sessionKey(session.id), session]]);
    this.sessions.set(session.id, session);
    this.blobs.hold([session]);
  }

  /** Forgets the session and what it had received; one that is finished is not there any more. */
  endSession(session: SessionRecord): void {
    if (!this.sessions.has(session.id)) return;
    this.#commit([[sessionKey(session.id), null]]);
    this.sessions.delete(session.id);
    this.blobs.release([session]);
  }

  forgetMessages(messages: readonly Message[]): void {
    if (messages.length > 0) this.#commit(messages.map((message) => [messageKey(message), null]));
  }

  #finishChanges({ id }: SessionRecord, object: ObjectRecord): Change[] {
    const [oldest = ''] = this.finished.keys();
    const changes: Change[] = [
      [sessionKey(id), null],
      [finishedKey(id), { id, object }],
    ];
    if (this.finished.size >= MAX_FINISHED) changes.push([finishedKey(oldest), null]);
    return changes;
  }

  #finishSession(session: SessionRecord, object: ObjectRecord): void {
    const [oldest = ''] = this.finished.keys();
    if (this.finished.size >= MAX_FINISHED) this.finished.delete(oldest);
    this.finished.set(session.id, object);
    this.sessions.delete(session.id);
    // What the object holds by now.
    this.blobs.release([session]);
  }

  #replaceObject(
    object: ObjectRecord,
    events: readonly ObjectEvent[],
    alongWith: readonly Change[] = [],
  ): void {
    const { record, objects } = this.#bucket(object.bucket);
    const messages = events.flatMap((event) => messagesFor(record, event, this.#baseUrl()));
    this.#commit([[objectKey(object), object], ...alongWith], messages);
    const previous = objects.get(object.name);
    objects.set(object.name, object);
    this.blobs.hold(object.content.segments);
    if (previous !== undefined) this.blobs.release(previous.content.segments);
    this.#onMessages(messages);
  }

  #commit(changes: readonly Change[], messages: readonly Message[] = []): void {
    this.#journal.commit([
      ...changes,
      ...messages.map((message): Change => [messageKey(message), message]),
    ]);
  }

  /** Later ones are larger even where the clock stands still or goes back. */
  #nextGeneration(timeMs: number): number {
    this.#lastGeneration = Math.max(timeMs * 1000, this.#lastGeneration + 1);
    return this.#lastGeneration;
  }

  #bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw noSuchBucket();
    return bucket;
  }

  #load(): void {
    for (const [key, value] of this.#journal.entries()) {
      const kind = key.slice(0, key.indexOf('/'));
      // The journal is ours alone, and its first line says that it is of this version.
      if (kind === 'bucket') this.#loadBucket(value as BucketRecord);
      else if (kind === 'object') this.#loadObject(value as ObjectRecord);
      else if (kind === 'session') this.#loadSession(value as SessionRecord);
      else if (kind === 'message') this.unpublished.push(value as Message);
      else if (kind === 'finished') {
        const { id, object } = value as { id: string; object: ObjectRecord };
        this.finished.set(id, object);
      } else if (key === GENERATION_KEY) {
        this.#lastGeneration = (value as { generation: number }).generation;
      }
    }
  }

  #loadBucket(record: BucketRecord): void {
    this.#buckets.set(record.name, { record, objects: new NamedRecords() });
  }

  #loadObject(object: ObjectRecord): void {
    this.#bucket(object.bucket).objects.set(object.name, object);
    this.blobs.hold(object.content.segments);
  }

  #loadSession(session: SessionRecord): void {
    this.sessions.set(session.id, session);
    this.blobs.hold([session]);
  }
}
