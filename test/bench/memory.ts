// The most memory an export takes, whatever the collection: the export stage alone in a process, against
// the stand-ins.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLocal } from '../../infra/local/system.ts';
import { temporaryFolder } from '../support/local.ts';
import { type MakeFields, numbered, seed } from '../support/seed.ts';
import { type Bench, type Figure, rounded } from './bench.ts';
import { ofBytes, ordinary } from './documents.ts';
import type { ExportResult } from './exporter.ts';
import { runMeasured } from './measured-process.ts';

/** DESIGN section 15. */
const LIMIT_MB = 160;

const CASES: readonly { collection: string; fields: MakeFields; documents: number }[] = [
  { collection: 'fifty-thousand', fields: ordinary, documents: 50_000 },
  { collection: 'of-500-kb', fields: ofBytes(500_000), documents: 1_000 },
  { collection: 'million', fields: ordinary, documents: 1_000_000 },
];

export const benchMemory: Bench = async ({ documents: most, rounds, progress }) => {
  using folder = temporaryFolder();
  const config = join(folder.path, 'firesink.yaml');
  writeFileSync(config, configuration());
  await using system = await startLocal({ config, functions: [] });
  const figures: Figure[] = [];
  for (const { collection, fields, documents: all } of CASES) {
    const documents = Math.min(all, most ?? all);
    progress(`seeding ${documents} documents: ${collection}`);
    const where = { project: 'bench', path: numbered(collection) };
    await seed(system.firestoreHost, { ...where, fields, documents });
    const results: ExportResult[] = [];
    for (let round = 0; round < rounds; round++) {
      const [result] = await runMeasured<ExportResult>({
        script: 'exporter.ts',
        args: ['bench', collection],
        env: system.env,
      });
      if (result?.state !== 'exported' || result.documents !== documents) {
        throw new Error(`${collection}: ${JSON.stringify(result)}, not ${documents} documents`);
      }
      results.push(result);
      progress(`${collection}: ${Math.round(result.peakBytes / 1e6)} MB`);
    }
    figures.push(figureOf(`${documents} documents, ${collection}`, results));
  }
  const worstMb = Math.max(...figures.map((figure) => Number(figure['peak MB'])));
  return {
    name: 'memory',
    ratio: rounded(LIMIT_MB / worstMb),
    goal: 1,
    figures,
    notes: [`the limit, ${LIMIT_MB} MB, divided by the highest peak of all rounds, ${worstMb} MB`],
  };
};

/** The highest of all rounds: a limit is for every run. */
function figureOf(name: string, results: readonly ExportResult[]): Figure {
  const most = (value: (result: ExportResult) => number) => Math.max(...results.map(value));
  return {
    name,
    'peak MB': Math.round(most(({ peakBytes }) => peakBytes / 1e6)),
    'CPU µs/document': rounded(most(({ cpuMs, documents }) => (cpuMs * 1000) / documents)),
    'documents/s': rounded(most(({ documents, wallMs }) => (documents * 1000) / wallMs)),
    'MB written': Math.round(most(({ bytes }) => bytes / 1e6)),
  };
}

const configuration = (): string =>
  [
    'environments:',
    '  bench:',
    '    warehouse: { project: warehouse, dataset: catalogue, location: EU, bucket: sink }',
    '    firestore:',
    '      - { project: bench }',
    'collections:',
    ...CASES.map(({ collection }) => `  - { collection: ${collection} }`),
    '',
  ].join('\n');
