// What tests of the whole pipeline ask of a running system, each through Google's own clients or the
// firesink command, as a person would.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FirestoreSource } from '@firesink/shared/config/environment.ts';
import type { Status } from '@firesink/shared/stages/status.ts';
import type { LocalSystem } from '../../infra/local/system.ts';
import { openClients } from './pubsub-client.ts';

export interface CommandResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

const MAIN = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));

/** A `firesink` at work. */
export interface Command {
  readonly child: ChildProcess;
  /** What it has written there so far. */
  stderr(): string;
  readonly result: Promise<CommandResult>;
}

/** Starts `firesink <args>` in a process of its own, led to the system by its variables. */
export function startFiresink(
  system: Pick<LocalSystem, 'env'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Command {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env.PATH, ...system.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const result = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...output }));
  });
  return { child, stderr: () => output.stderr, result };
}

/** The same to its end. */
export const firesink = (
  system: Pick<LocalSystem, 'env'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<CommandResult> => startFiresink(system, args, env).result;

/** `firesink status --json`, whatever its exit code. */
export async function statusOf(
  system: Pick<LocalSystem, 'env'>,
  ...slice: string[]
): Promise<Status> {
  const { stdout, stderr } = await firesink(system, ['--json', 'status', ...slice]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** @param topic  without the prefix, e.g. `export` */
export async function publish(
  system: LocalSystem,
  topic: string,
  message: object | string,
): Promise<void> {
  const data = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
  const pubsub = await system.clients.pubsub();
  await pubsub.topic(`${system.environment.prefix}-${topic}`).publishMessage({ data });
}

/** Rows as Google's client gives them, INT64 as bigint. */
export type Row = Readonly<Record<string, unknown>>;

const wrapIntegers = { integerTypeCastFunction: BigInt };

export async function query(system: LocalSystem, sql: string): Promise<Row[]> {
  const { project: projectId, dataset: datasetId } = system.environment.warehouse;
  const bigquery = await system.clients.bigquery();
  const [rows] = await bigquery.query({
    query: sql,
    defaultDataset: { projectId, datasetId },
    wrapIntegers,
  });
  return rows;
}

/** All rows of a source in a table, in the order of their documents' paths. JSON columns are text. */
export async function rowsOf(system: LocalSystem, table: string, source: string): Promise<Row[]> {
  const bigquery = await system.clients.bigquery();
  const { slice } = sourceOf(system, source);
  const [rows] = await bigquery
    .dataset(system.environment.warehouse.dataset)
    .table(`${table}$${slice}`)
    .getRows({ wrapIntegers });
  const path = (row: Row) => String(row._document_path);
  return rows.sort((a: Row, b: Row) => (path(a) < path(b) ? -1 : 1));
}

/** The same without what every run changes. */
export const withoutRun = (rows: readonly Row[]): Row[] =>
  rows.map(({ _run, _read_time, ...rest }) => rest);

/** The runs that a slice shows: more than one would be a broken promise. */
export async function runsOf(
  system: LocalSystem,
  table: string,
  source: string,
): Promise<unknown[]> {
  return [...new Set((await rowsOf(system, table, source)).map((row) => row._run))];
}

export function sourceOf({ environment }: LocalSystem, name: string): FirestoreSource {
  const source = environment.sources.find((each) => each.name === name);
  if (!source) throw new Error(`the configuration has no source ${name}`);
  return source;
}

/** @param name  default: that of the environment */
export async function bucketOf(system: LocalSystem, name = system.environment.warehouse.bucket) {
  // A download by Google's client has 12 listeners on one stream, which Node would call a leak.
  EventEmitter.defaultMaxListeners = Math.max(EventEmitter.defaultMaxListeners, 20);
  return (await system.clients.storage()).bucket(name);
}

/** Uploads a file as a person's program would. @returns its name */
export async function upload(
  system: LocalSystem,
  name: string,
  contents: string | Buffer,
): Promise<string> {
  await (await bucketOf(system)).file(name).save(contents);
  return name;
}

/** Names of the snapshots in a slice's folder, oldest first. */
export async function snapshotsOf(
  system: LocalSystem,
  source: string,
  collection: string,
): Promise<string[]> {
  const prefix = `firestore/${source}/${collection}/`;
  const [files] = await (await bucketOf(system)).getFiles({ prefix });
  return files.map(({ name }) => name).sort();
}

export interface DeadLetter {
  /** The message as it came. */
  data: string;
  code: string | undefined;
  function: string | undefined;
  error: string | undefined;
  attributes: Readonly<Record<string, string>>;
}

/** Pulls and acknowledges all that were set aside, in the order of their texts. */
export async function takeDeadLetters(system: LocalSystem): Promise<DeadLetter[]> {
  const { prefix, warehouse } = system.environment;
  await using clients = openClients(system.pubsubHost, warehouse.project);
  const subscription = clients.subscription(`${prefix}-dead-letter`);
  const letters: DeadLetter[] = [];
  for (;;) {
    const request = { subscription, maxMessages: 100, returnImmediately: true };
    const [{ receivedMessages }] = await clients.subscriber.pull(request);
    if (!receivedMessages?.length) break;
    const ackIds = receivedMessages.map(({ ackId }) => String(ackId));
    await clients.subscriber.acknowledge({ subscription, ackIds });
    letters.push(...receivedMessages.map(({ message }) => readDeadLetter(message ?? {})));
  }
  return letters.sort((a, b) => (a.data < b.data ? -1 : 1));
}

function readDeadLetter(message: {
  data?: Uint8Array | string | null;
  attributes?: Record<string, string> | null;
}): DeadLetter {
  const attributes = message.attributes ?? {};
  return {
    data: Buffer.from(message.data ?? '').toString(),
    code: attributes.firesinkCode,
    function: attributes.firesinkFunction,
    error: attributes.firesinkError,
    attributes,
  };
}
