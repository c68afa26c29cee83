// What was set aside, for people to look at, send again or drop. Held while they look: nothing is
// acknowledged but what was sent again or dropped, and the rest is let go at once.
import type { v1 } from '@google-cloud/pubsub';
import { FiresinkError } from '../errors.ts';
import { isStatus } from '../google-errors.ts';
import type { Services, Topic } from '../services.ts';

export interface DeadLetter {
  /** Of the dead letter, as Pub/Sub numbers messages. */
  id: string;
  /** When it was set aside; RFC 3339, UTC. */
  publishTime: string;
  /** Whose message it was; undefined where nothing says. */
  topic: Topic | undefined;
  /** E.g. `unknown-collection`; `too-many-attempts` where Pub/Sub itself gave up. */
  code: string;
  error: string;
  hint: string | undefined;
  /** The message as it came. */
  data: string;
  attributes: Readonly<Record<string, string>>;
}

export interface HeldDeadLetters extends AsyncDisposable {
  /** The oldest first. */
  readonly letters: readonly DeadLetter[];
  /** Publishes it to its topic as it came, then acknowledges it. Ended between the two, it is there twice. */
  replay(letter: DeadLetter): Promise<void>;
  drop(letter: DeadLetter): Promise<void>;
}

/** Milliseconds. A pull that waits for longer than this has seen everything; the first one opens the connection. */
const PULL_MS = { first: 4_000, next: 1_500 };
const MESSAGES_PER_PULL = 1_000;
/** As long as a person may think. */
const HOLD_SECONDS = 300;
/** Acknowledgement ids in one request: each has some 200 bytes, a request may have 512 KiB. */
const IDS_PER_REQUEST = 1_000;

/** gRPC status. */
const DEADLINE_EXCEEDED = 4;

/** Pulls all of subscription `<prefix>-dead-letter`. @throws as Google's client does */
export async function holdDeadLetters(services: Services): Promise<HeldDeadLetters> {
  const subscriber = await services.subscriber();
  const { project } = services.environment.warehouse;
  const subscription = `projects/${project}/subscriptions/${services.environment.prefix}-dead-letter`;
  const held = new Map<string, Held>();
  const letGo = (ids: readonly string[], seconds: number) =>
    inBatches(ids, (ackIds) =>
      subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: seconds }),
    );
  const acknowledge = async ({ id }: DeadLetter) => {
    const { ackId } = held.get(id) ?? {};
    if (ackId === undefined) return;
    await subscriber.acknowledge({ subscription, ackIds: [ackId] });
    held.delete(id);
  };
  try {
    for (;;) {
      const timeoutMs = held.size === 0 ? PULL_MS.first : PULL_MS.next;
      const pulled = await pull(subscriber, subscription, timeoutMs);
      if (pulled.length === 0) break;
      await letGo(ackIdsOf(pulled), HOLD_SECONDS);
      for (const each of pulled) held.set(each.letter.id, each);
    }
  } catch (error) {
    await letGo(ackIdsOf(held.values()), 0).catch(() => {});
    throw error;
  }
  const letters = [...held.values()].map(({ letter }) => letter).sort(byAge);
  return {
    letters,
    drop: acknowledge,
    async replay(letter) {
      const { topic } = letter;
      if (topic === undefined) throw noTopic(letter);
      const attributes = Object.entries(letter.attributes).filter(([key]) => !isOurs(key));
      const data = held.get(letter.id)?.bytes ?? Buffer.from(letter.data);
      await services.publish(topic, { data, attributes: Object.fromEntries(attributes) });
      await acknowledge(letter);
    },
    [Symbol.asyncDispose]: () => letGo(ackIdsOf(held.values()), 0),
  };
}

interface Held {
  ackId: string;
  letter: DeadLetter;
  bytes: Buffer;
}

const ackIdsOf = (held: Iterable<Held>): string[] => Array.from(held, ({ ackId }) => ackId);

async function inBatches(
  ids: readonly string[],
  work: (batch: string[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < ids.length; start += IDS_PER_REQUEST) {
    await work(ids.slice(start, start + IDS_PER_REQUEST));
  }
}

/** Empty where there is nothing to be had. */
async function pull(
  subscriber: v1.SubscriberClient,
  subscription: string,
  timeoutMs: number,
): Promise<Held[]> {
  try {
    const request = { subscription, maxMessages: MESSAGES_PER_PULL };
    const [{ receivedMessages }] = await subscriber.pull(request, {
      timeout: timeoutMs,
      retry: null,
    });
    return (receivedMessages ?? []).map(({ ackId, message }) => {
      const bytes = Buffer.from(message?.data ?? '');
      const attributes = message?.attributes ?? {};
      const { seconds, nanos } = message?.publishTime ?? {};
      const publishedMs = Number(seconds ?? 0) * 1000 + Math.floor(Number(nanos ?? 0) / 1e6);
      const letter = {
        id: String(message?.messageId),
        publishTime: new Date(publishedMs).toISOString(),
        ...reasonOf(attributes),
        data: bytes.toString(),
        attributes,
      };
      return { ackId: String(ackId), letter, bytes };
    });
  } catch (error) {
    if (isStatus(error, DEADLINE_EXCEEDED)) return [];
    throw error;
  }
}

const TOPIC_OF: Readonly<Record<string, Topic>> = {
  scheduler: 'schedule',
  export: 'export',
  load: 'load',
};

function reasonOf(
  attributes: Readonly<Record<string, string>>,
): Pick<DeadLetter, 'topic' | 'code' | 'error' | 'hint'> {
  const { firesinkFunction, firesinkCode, firesinkError, firesinkHint } = attributes;
  if (firesinkFunction !== undefined) {
    const topic = TOPIC_OF[firesinkFunction];
    return { topic, code: firesinkCode ?? '', error: firesinkError ?? '', hint: firesinkHint };
  }
  // Attributes that Pub/Sub adds; source: "Handle message failures", dead-letter topics.
  const subscription = attributes.CloudPubSubDeadLetterSourceSubscription ?? '';
  const attempts = attributes.CloudPubSubDeadLetterSourceDeliveryCount ?? '?';
  return {
    topic: TOPICS.find((topic) => subscription.endsWith(`-${topic}`)),
    code: 'too-many-attempts',
    error: `not acknowledged in ${attempts} deliveries by ${subscription || 'anybody'}`,
    hint: "The function's log says why. Send it again once that is mended",
  };
}

const TOPICS: readonly Topic[] = Object.values(TOPIC_OF);

/** What was added when it was set aside, by us or by Pub/Sub. */
const isOurs = (attribute: string): boolean =>
  attribute.startsWith('firesink') || attribute.startsWith('CloudPubSubDeadLetter');

const byAge = (a: DeadLetter, b: DeadLetter): number => (a.publishTime < b.publishTime ? -1 : 1);

const noTopic = ({ id }: DeadLetter): FiresinkError =>
  new FiresinkError({
    outcome: 'failed',
    code: 'unknown-topic',
    where: `dead letter ${id}`,
    what: 'nothing says which topic it came from',
    hint: 'Publish its data yourself, then drop it',
  });
