// Reading and encoding, against Google's client, on Google's emulator: CPU of the reader's process.
import { startGoogleFirestore } from '../support/firestore-emulator.ts';
import { type MakeFields, numbered, seed } from '../support/seed.ts';
import { type BenchOptions, type BenchResult, type Figure, median, rounded } from './bench.ts';
import { ofBytes, ordinary, small } from './documents.ts';
import { runMeasured } from './measured-process.ts';
import type { Pass, PassResult } from './readers/reader.ts';

const COLD_DOCUMENTS = 50_000;
const WARM_DOCUMENTS = 500_000;
/** DESIGN section 15, floors. */
const GOALS = { cold: 4, warm: 5 };

const READERS = ['official', 'protobufjs', 'firesink', 'discard'] as const;
type ReaderName = (typeof READERS)[number];
const TITLES: Record<ReaderName, string> = {
  official: 'official client, stream() + JSON.stringify',
  protobufjs: 'firesink stream, protobufjs + JSON.stringify',
  firesink: 'firesink',
  discard: 'limit: firesink stream, dropped',
};

/** Other documents than the ordinary one: how many of them, each read twice. */
const SIZES: readonly { name: string; fields: MakeFields; documents: number }[] = [
  { name: '100 B', fields: small, documents: 50_000 },
  { name: '10 KB', fields: ofBytes(10_000), documents: 5_000 },
  { name: '500 KB', fields: ofBytes(500_000), documents: 200 },
];

export async function benchExport(options: BenchOptions): Promise<BenchResult> {
  await using emulator = await startGoogleFirestore();
  const { documents: warmDocuments = WARM_DOCUMENTS, progress } = options;
  const coldDocuments = Math.min(COLD_DOCUMENTS, warmDocuments);
  const measure = (readers: readonly ReaderName[], passes: readonly Pass[]) =>
    measureInTurn(emulator.host, options, readers, passes);

  progress(`seeding ${coldDocuments} and ${warmDocuments} documents`);
  const cold = await seeded(emulator.host, 'cold', ordinary, coldDocuments);
  const warm = await seeded(emulator.host, 'warm', ordinary, warmDocuments);
  const ordinaries = await measure(READERS, [cold, warm]);
  check(ordinaries, [coldDocuments, warmDocuments]);
  const figures: Figure[] = [
    ...READERS.map((reader) => figureOf(`cold, ${TITLES[reader]}`, ordinaries, reader, 0)),
    ...READERS.map((reader) => figureOf(`warm, ${TITLES[reader]}`, ordinaries, reader, 1)),
  ];
  for (const { name, fields, documents } of SIZES) {
    const share = Math.ceil((documents * warmDocuments) / WARM_DOCUMENTS);
    progress(`seeding ${share} documents of ${name}`);
    const pass = await seeded(
      emulator.host,
      `of-${name.replace(' ', '').toLowerCase()}`,
      fields,
      share,
    );
    const sized = await measure(['official', 'firesink'], [pass, pass]);
    check(sized, [share, share]);
    figures.push(
      figureOf(`${name}, second pass, ${TITLES.official}`, sized, 'official', 1),
      figureOf(`${name}, second pass, ${TITLES.firesink}`, sized, 'firesink', 1),
    );
  }
  return {
    name: 'export',
    ratio: rounded(ratioOf(ordinaries, 1)),
    goal: GOALS.warm,
    figures,
    notes: [
      `cold: the whole process, start to the last of ${coldDocuments} documents: ${rounded(ratioOf(ordinaries, 0))} times (goal ${GOALS.cold})`,
      `warm: ${warmDocuments} documents afterwards in the same process: ${rounded(ratioOf(ordinaries, 1))} times (goal ${GOALS.warm})`,
      `of what firesink takes warm, ${Math.round((100 * medianOf(ordinaries, 'discard', 1)) / medianOf(ordinaries, 'firesink', 1))} % is the limit of reading and dropping`,
    ],
  };
}

async function seeded(
  host: string,
  project: string,
  fields: MakeFields,
  documents: number,
): Promise<Pass> {
  const collection = 'apis';
  await seed(host, { project: `bench-${project}`, path: numbered(collection), fields, documents });
  return { project: `bench-${project}`, collection };
}

/** Per round, reader and pass. */
type Rounds = readonly Partial<Record<ReaderName, readonly PassResult[]>>[];

async function measureInTurn(
  host: string,
  { rounds, progress }: BenchOptions,
  readers: readonly ReaderName[],
  passes: readonly Pass[],
): Promise<Rounds> {
  const measured: Partial<Record<ReaderName, readonly PassResult[]>>[] = [];
  for (let round = 0; round < rounds; round++) {
    const results: Partial<Record<ReaderName, readonly PassResult[]>> = {};
    for (const reader of readers) {
      results[reader] = await runMeasured<PassResult>({
        script: `readers/${reader}.ts`,
        args: [JSON.stringify(passes)],
        env: { FIRESTORE_EMULATOR_HOST: host },
      });
      const each = results[reader].map((pass) => `${rounded(cpuMicros(pass))} µs`);
      progress(`round ${round + 1} of ${rounds}: ${reader} ${each.join(', ')}`);
    }
    measured.push(results);
  }
  return measured;
}

/** @throws where a reader did not read what there is: its time would mean nothing */
function check(rounds: Rounds, documents: readonly number[]): void {
  for (const [reader, passes] of rounds.flatMap((round) => Object.entries(round))) {
    for (const [index, expected] of documents.entries()) {
      const read = passes[index]?.documents;
      if (read !== expected) throw new Error(`${reader} read ${read} of ${expected} documents`);
    }
  }
}

const cpuMicros = ({ cpuMs, documents }: PassResult): number => (cpuMs * 1000) / documents;

function passesOf(rounds: Rounds, reader: ReaderName, pass: number): PassResult[] {
  return rounds.flatMap((round) => round[reader]?.[pass] ?? []);
}

const medianOf = (rounds: Rounds, reader: ReaderName, pass: number): number =>
  median(passesOf(rounds, reader, pass).map(cpuMicros));

/** Round by round, for the machine is another one a minute later. */
function ratioOf(rounds: Rounds, pass: number): number {
  const official = passesOf(rounds, 'official', pass).map(cpuMicros);
  const ours = passesOf(rounds, 'firesink', pass).map(cpuMicros);
  return median(official.map((micros, round) => micros / (ours[round] ?? Number.NaN)));
}

function figureOf(name: string, rounds: Rounds, reader: ReaderName, pass: number): Figure {
  const passes = passesOf(rounds, reader, pass);
  const official = passesOf(rounds, 'official', pass).map(cpuMicros);
  const ratios = passes.map((each, round) => (official[round] ?? Number.NaN) / cpuMicros(each));
  return {
    name,
    'CPU µs/document': rounded(median(passes.map(cpuMicros))),
    ratio: rounded(median(ratios)),
    'documents/s': rounded(median(passes.map((each) => (each.documents * 1000) / each.wallMs))),
    'peak MB': Math.round(median(passes.map(({ peakBytes }) => peakBytes / 1e6))),
  };
}
