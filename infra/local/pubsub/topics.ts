// google.pubsub.v1.Publisher: topics, and publishing to them.
import { checkBounds, invalidArgument, notServed } from './errors.ts';
import { checkProject, parseName } from './names.ts';
import { page } from './paging.ts';
import { checkPublish } from './publish-limits.ts';
import { unary } from './rpc.ts';
import type { Store } from './store.ts';
import {
  durationMs,
  type FieldMask,
  type PageRequest,
  type PubsubMessage,
  type Topic,
} from './wire.ts';

const DAY_SECONDS = 86_400;

/** Field paths of an update mask, each with what it takes over from the request. */
const MUTABLE: Record<string, (from: Topic) => Partial<Topic>> = {
  labels: ({ labels }) => ({ labels }),
  message_retention_duration: (from) => ({
    messageRetentionDuration: from.messageRetentionDuration,
  }),
};

export function publisherHandlers(store: Store) {
  return {
    CreateTopic: unary((request: Topic) => {
      parseName('topics', request.name);
      const topic = completeTopic(request);
      store.createTopic(topic);
      return topic;
    }),

    GetTopic: unary(({ topic }: { topic: string }) => store.topic(topic)),

    UpdateTopic: unary((request: { topic: Topic | null; updateMask: FieldMask | null }): Topic => {
      const { topic, updateMask } = request;
      if (!topic || !updateMask?.paths.length) {
        throw invalidArgument(
          'The update_mask in the UpdateTopicRequest must be set, and must contain a non-empty paths list.',
        );
      }
      const updated = updateTopic(store.topic(topic.name), topic, updateMask.paths);
      store.saveTopic(updated);
      return updated;
    }),

    ListTopics: unary((request: PageRequest & { project: string }) => {
      checkProject(request.project);
      const { items: topics, nextPageToken } = page(
        [...store.topics].filter(({ name }) => name.startsWith(`${request.project}/`)),
        ({ name }) => name,
        request,
      );
      return { topics, nextPageToken };
    }),

    ListTopicSubscriptions: unary((request: PageRequest & { topic: string }) => {
      const { name: topic } = store.topic(request.topic);
      const names = [...store.subscriptions]
        .filter(({ resource }) => resource.topic === topic)
        .map(({ resource }) => resource.name);
      const { items: subscriptions, nextPageToken } = page(names, (name) => name, request);
      return { subscriptions, nextPageToken };
    }),

    DeleteTopic: unary(({ topic }: { topic: string }) => {
      store.deleteTopic(store.topic(topic).name);
      return {};
    }),

    Publish: unary((request: { topic: string; messages: PubsubMessage[] }) => {
      const { name } = store.topic(request.topic);
      checkPublish(name, request.messages);
      return { messageIds: store.publish(name, request.messages) };
    }),
  };
}

function completeTopic(request: Topic): Topic {
  if (request.kmsKeyName) throw notServed('A key of Cloud KMS');
  if (request.schemaSettings) throw notServed('A schema');
  if (request.ingestionDataSourceSettings) throw notServed('Ingestion');
  if (request.messageTransforms.length > 0) throw notServed('A message transform');
  if (request.messageRetentionDuration) {
    const seconds = durationMs(request.messageRetentionDuration) / 1000;
    const bounds = { min: 600, max: 31 * DAY_SECONDS, unit: 's' };
    checkBounds('message_retention_duration', seconds, bounds);
  }
  const { tags: _, ...topic } = request;
  return { ...topic, state: 'ACTIVE' };
}

function updateTopic(current: Topic, request: Topic, paths: readonly string[]): Topic {
  let updated = current;
  for (const path of paths) {
    const take = Object.hasOwn(MUTABLE, path) ? MUTABLE[path] : undefined;
    if (!take) {
      throw invalidArgument(
        `Invalid update_mask provided in the UpdateTopicRequest: ${path} is not a known Topic field. Note that field paths must be of the form 'schema_settings' rather than 'schemaSettings'.`,
      );
    }
    updated = { ...updated, ...take(request) };
  }
  return completeTopic(updated);
}
