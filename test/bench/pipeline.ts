// The whole way, Firestore → object → table, by `firesink sync`, against Firebase's import script, which
// inserts into a table by itself. Both read Google's emulator. The script writes to a sink that takes no
// time, firesink to the stand-ins of Cloud Storage and BigQuery, which take theirs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LocalSystem, startLocal } from '../../infra/local/system.ts';
import { startGoogleFirestore } from '../support/firestore-emulator.ts';
import { temporaryFolder } from '../support/local.ts';
import { numbered, seed } from '../support/seed.ts';
import { type Bench, type Figure, median, rounded } from './bench.ts';
import { ordinary } from './documents.ts';
import { type Importer, installImporter } from './firebase/importer.ts';
import { startSink } from './firebase/sink.ts';
import { type CommandCost, measureCommand } from './measured-command.ts';

const DOCUMENTS = 50_000;
const PARENTS = 5_000;
const PARTITIONS = 30;
/** DESIGN section 15: rows per second, and per CPU-second. */
const GOALS = { second: 30, cpuSecond: 15 };
const PROJECT = 'bench';

const CLI = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url));
const PRELOAD = fileURLToPath(new URL('firebase/partitions.cjs', import.meta.url));

export const benchPipeline: Bench = async ({ documents = DOCUMENTS, rounds, progress }) => {
  const importer = await installImporter();
  await using emulator = await startGoogleFirestore();
  progress(`seeding ${documents} documents, and ${documents} under ${PARENTS} parents`);
  await seedBoth(emulator.host, documents);
  using folder = temporaryFolder();
  const config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, CONFIGURATION);
  const env = { ...process.env, FIRESTORE_EMULATOR_HOST: emulator.host };
  await using system = await startLocal({ config, functions: [], env });

  const ours: Cost[] = [];
  const sync = async (collection: string) => {
    const cost = await measureSync(system, collection);
    progress(`firesink: ${cost.rows} rows of ${collection} in ${Math.round(cost.wallMs)} ms`);
    return cost;
  };
  ours.push(await sync('apis'));
  progress('importing, which takes minutes');
  const theirs = await measureImport(importer, emulator.host, { collection: 'apis' });
  progress(`import script: ${theirs.rows} rows in ${Math.round(theirs.wallMs)} ms`);
  while (ours.length < rounds) ours.push(await sync('apis'));
  const ourGroup = await sync('versions');
  const theirGroup = await measureImport(importer, emulator.host, {
    collection: 'versions',
    group: true,
  });

  for (const { rows } of [...ours, theirs, ourGroup]) {
    if (rows !== documents) throw new Error(`${rows} rows of ${documents} documents`);
  }
  const ratio = median(ours.map(perSecond)) / perSecond(theirs);
  const cpuRatio = median(ours.map(perCpuSecond)) / perCpuSecond(theirs);
  return {
    name: 'pipeline',
    ratio: rounded(ratio),
    goal: GOALS.second,
    figures: [
      figureOf('firesink sync, a collection', ours),
      figureOf('import script, a collection', [theirs]),
      figureOf('firesink sync, a group', [ourGroup]),
      figureOf(`import script, a group, ${PARTITIONS} partitions in threads`, [theirGroup]),
    ],
    notes: [
      `rows per second: ${rounded(ratio)} times (goal ${GOALS.second}); per CPU-second: ${rounded(cpuRatio)} times (goal ${GOALS.cpuSecond}: ${cpuRatio >= GOALS.cpuSecond ? 'reached' : 'MISSED'})`,
      "most of the import script's time is the emulator, whose every page of 300 costs more the bigger the collection is; CPU per row is the fairer figure",
      `the group has ${documents} documents under ${PARENTS} parents: of them the import script delivered ${theirGroup.rows}, and ended with 0`,
      `its own code, but for getPartitions, which the emulator lacks; ${Object.entries(importer.versions).flat().join(' ')}`,
    ],
  };
};

async function seedBoth(host: string, documents: number): Promise<void> {
  const where = { project: PROJECT, fields: ordinary, documents };
  await seed(host, { ...where, path: numbered('apis') });
  const parent = numbered('tenants');
  const path = (index: number) =>
    numbered(`${parent(index % PARENTS)}/versions`)(Math.floor(index / PARENTS));
  await seed(host, { ...where, path });
}

/** `rows`: distinct documents that arrived. */
type Cost = CommandCost & { rows: number };

async function measureSync(system: LocalSystem, collection: string): Promise<Cost> {
  const cost = await measureCommand([CLI, 'sync', PROJECT, collection], system.env);
  const table = `firestore_${collection}`;
  const bigquery = await system.clients.bigquery();
  const { dataset } = system.environment.warehouse;
  const [{ numRows }] = await bigquery.dataset(dataset).table(table).getMetadata();
  return { ...cost, rows: Number(numRows) };
}

async function measureImport(
  { main }: Importer,
  firestoreHost: string,
  { collection, group = false }: { collection: string; group?: boolean },
): Promise<Cost> {
  await using sink = await startSink();
  const options = {
    '--project': PROJECT,
    '--source-collection-path': collection,
    '--query-collection-group': `${group}`,
    '--multi-threaded': `${group}`,
    '--dataset': 'catalogue',
    '--table-name-prefix': collection,
    '--dataset-location': 'eu',
  };
  const preload = group ? ['--require', PRELOAD] : [];
  const cost = await measureCommand(
    [...preload, main, '--non-interactive', ...Object.entries(options).flat()],
    {
      FIRESTORE_EMULATOR_HOST: firestoreHost,
      BIGQUERY_EMULATOR_HOST: sink.url,
      BENCH_PARTITIONS: `${PARTITIONS}`,
    },
  );
  return { ...cost, rows: sink.distinctDocuments };
}

const perSecond = ({ rows, wallMs }: Cost): number => (rows * 1000) / wallMs;
const perCpuSecond = ({ rows, cpuMs }: Cost): number => (rows * 1000) / cpuMs;

const figureOf = (name: string, costs: readonly Cost[]): Figure => ({
  name,
  rows: median(costs.map(({ rows }) => rows)),
  'rows/s': rounded(median(costs.map(perSecond))),
  'rows/CPU-s': rounded(median(costs.map(perCpuSecond))),
  'CPU µs/row': rounded(median(costs.map(({ cpuMs, rows }) => (cpuMs * 1000) / rows))),
  'peak MB': Math.round(median(costs.map(({ peakBytes }) => peakBytes / 1e6))),
});

const CONFIGURATION = `environments:
  bench:
    warehouse: { project: warehouse, dataset: catalogue, location: EU, bucket: sink }
    firestore:
      - { project: ${PROJECT} }
collections:
  - { collection: apis }
  - { collection: versions, group: true }
`;
