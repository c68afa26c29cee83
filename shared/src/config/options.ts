// Every option of the configuration: its type, its default and its check, in one place (DESIGN section 4).
import { z } from 'zod';
import { parseFieldPath } from './field-path.ts';

const matching = (pattern: RegExp, message: string) => z.string().regex(pattern, message);

/** They stand in object names, labels and messages. */
const name = matching(
  /^[A-Za-z0-9_-]{1,128}$/,
  'may hold only letters, digits, _ and - (at most 128)',
);

const project = matching(
  /^(?:[a-z0-9.-]+:)?[a-z0-9][a-z0-9-]*$/,
  'is not a project id: lower case letters, digits and -',
);

/** Cloud's own bound of integer-range partitions (DESIGN section 7: RANGE 0 to 10,000). */
const slice = z.int().min(0, 'is not a slice: 0 to 9999').max(9999, 'is not a slice: 0 to 9999');

const fieldPath = z.string().transform((text, context) => {
  const path = parseFieldPath(text);
  if (path !== undefined) return path;
  context.addIssue({
    code: 'custom',
    message: 'is not a field path, such as owner.team or `a.b`.c',
  });
  return z.NEVER;
});

const table = matching(
  /^[A-Za-z0-9_-]{1,1024}$/,
  'is not a table id: letters, digits, _ and -',
).refine(
  (id) => id !== 'sync_events' && !id.startsWith('gke_'),
  'is a table of firesink itself: name another',
);

const equal = z.union(
  [z.string(), z.number(), z.bigint(), z.boolean(), z.null()],
  'must be text, a number, true, false or null',
);

const SHARE = 'must be a share, such as 50% or 0.5';

const FIRESTORE = z.strictObject({
  project,
  database: matching(/^(?:\(default\)|[a-z0-9][a-z0-9-]*)$/, 'is not a database id').default(
    '(default)',
  ),
  /** Default: the project, or project--database. */
  name: name.optional(),
  /** Its number in every table, where two sources' numbers collide. */
  slice: slice.optional(),
});

const CLUSTER = z.strictObject({
  project,
  location: matching(/^[a-z0-9-]+$/, 'is not a location, such as europe-west2'),
  cluster: matching(/^[a-z0-9-]+$/, 'is not the name of a cluster'),
  endpoint: z.enum(['dns', 'ip']).default('dns'),
  name: name.optional(),
  slice: slice.optional(),
});

const WAREHOUSE = z.strictObject({
  project,
  dataset: matching(/^[A-Za-z0-9_]{1,1024}$/, 'is not a dataset id: letters, digits and _'),
  location: matching(/^[A-Za-z0-9-]+$/, 'is not a location, such as EU or europe-west2'),
  bucket: matching(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, 'is not the name of a bucket'),
});

/** One field of a cron expression: numbers or names, lists, ranges, steps. */
const CRON_FIELD = String.raw`(?:\*|[A-Za-z0-9]+(?:-[A-Za-z0-9]+)?)(?:\/\d+)?`;
const CRON = new RegExp(`^(?:${CRON_FIELD}(?:,${CRON_FIELD})*(?: +|$)){5}$`);

const SCHEDULE = z.strictObject({
  cron: matching(CRON, 'is not a cron expression of five fields, such as 0 23 * * *'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'is not a time zone, such as Europe/London')
    .default('UTC'),
});

export const ENVIRONMENT = z.strictObject({
  /** Function names take no more: lower case, digits and -, at most 63 with our endings. */
  prefix: matching(
    /^(?!goog)[a-z][a-z0-9-]{0,39}$/,
    'is not a prefix: lower case letters, digits and -, at most 40, not beginning with goog',
  ).default('firesink'),
  warehouse: WAREHOUSE,
  schedule: SCHEDULE.optional(),
  firestore: z.array(FIRESTORE).default([]),
  clusters: z.array(CLUSTER).default([]),
});

export const COLLECTION = z.strictObject({
  collection: z
    .string()
    .refine(isCollectionPath, 'is not a collection: an id, or a path such as tenants/acme/apis'),
  group: z.boolean().default(false),
  /** Default: the last id of the path. */
  name: name.optional(),
  /** Default: every Firestore source. */
  sources: z.array(name).min(1, 'names no source: leave it out for all of them').optional(),
  schema: z.string().min(1, 'is not the name of a file').optional(),
  table: table.optional(),
  columns: z.record(z.string(), fieldPath).default({}),
  redact: z.array(fieldPath).default([]),
  data: z.enum(['full', 'rest']).default('full'),
  where: z.record(z.string(), equal).default({}),
  budget: z.int().min(1, 'is not a number of documents').optional(),
  maxShrink: z
    .union([z.string(), z.number()], SHARE)
    .transform(parseShare)
    .refine((share) => share >= 0 && share <= 1, SHARE)
    .optional(),
});

/** The members are checked one by one, so that one mistake does not hide the others. */
export const FILE = z.strictObject({
  environments: z.record(name, z.unknown()),
  collections: z.array(z.unknown()).default([]),
});

export type EnvironmentOptions = z.output<typeof ENVIRONMENT>;
export type CollectionOptions = z.output<typeof COLLECTION>;

/** NaN for any text but a percentage. */
function parseShare(share: string | number): number {
  if (typeof share === 'number') return share;
  return Number(/^(\d+(?:\.\d+)?)%$/.exec(share)?.[1]) / 100;
}

function isCollectionPath(path: string): boolean {
  const ids = path.split('/');
  const valid = (id: string) => id !== '' && id !== '.' && id !== '..' && !/^__.*__$/.test(id);
  return ids.length % 2 === 1 && ids.every(valid);
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
