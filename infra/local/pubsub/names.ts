// Full names of resources: projects/<project>/topics/<id>, projects/<project>/subscriptions/<id>.
import { invalidName } from './errors.ts';

/** A letter, then letters, digits and -_.~+%, 3 to 255 in all (pubsub.proto, `Topic.name`). */
const ID = /^[A-Za-z][A-Za-z0-9\-_.~+%]{2,254}$/;
const PROJECT = /^projects\/([^/]+)$/;

/** What a subscription shows as its topic once that is gone. */
export const DELETED_TOPIC = '_deleted-topic_';

interface ResourceName {
  project: string;
  id: string;
}

/** @throws {PubsubError} INVALID_ARGUMENT for anything but a full, allowed name. */
export function parseName(
  collection: 'topics' | 'subscriptions',
  name: string,
  field = 'name',
): ResourceName {
  const [projects, project, kind, id, ...rest] = name.split('/');
  if (projects !== 'projects' || !project || kind !== collection || !id || rest.length > 0) {
    throw invalidName(name, field);
  }
  if (!ID.test(id) || id.startsWith('goog')) throw invalidName(name, field);
  return { project, id };
}

/** @param name `projects/p` */
export function checkProject(name: string): void {
  if (!PROJECT.test(name)) throw invalidName(name, 'project');
}
