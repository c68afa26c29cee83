// Several collections exported and loaded at one instant, while commits go on that write all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { rowsOf } from '../../support/pipeline.ts';
import { type ExportWorld, SOURCE } from './world.ts';
import { startWriting, type Writes } from './write-log.ts';

const NAMES = ['orders', 'payments', 'invoices'] as const;

export const WRITTEN = NAMES.map((name) => `{ collection: ${name} }`);

export interface WhileWritingOptions {
  /** Exports of all collections, one after the other. */
  runs: number;
  /** Of each writer, in each collection. */
  documents: number;
  seed: string;
}

/** The `n` of each document by its id, per collection. */
type State = Record<string, Record<string, number>>;

export interface Observation {
  /** What the tables showed after each run, and what the log of writes says of its instant. */
  shown: State[];
  written: State[];
  /** While all that went on. */
  commits: number;
}

const WRITERS = 3;
/** So many that some documents have been changed and deleted. */
const FIRST_COMMITS = 60;
const POLL_MS = 20;

export async function exportWhileWriting(
  world: ExportWorld,
  { runs, documents, seed }: WhileWritingOptions,
): Promise<Observation> {
  const writes = startWriting({
    host: world.system.firestoreHost,
    project: SOURCE,
    collections: NAMES,
    seed,
    writers: WRITERS,
    documents,
  });
  const shown: State[] = [];
  const instants: number[] = [];
  try {
    await grownBy(writes, FIRST_COMMITS);
    for (let run = 0; run < runs; run++) {
      const runMs = Date.now();
      await Promise.all(NAMES.map((name) => world.export(name, runMs, { documentsPerPart: 100 })));
      await Promise.all(NAMES.map((name) => world.load(name, runMs)));
      instants.push(runMs);
      shown.push(await tables(world));
      await grownBy(writes, 1);
    }
  } finally {
    await writes.stop();
  }
  const written = instants.map((ms) => stateOf((name) => writes.stateAt(name, ms)));
  return { shown, written, commits: writes.commits };
}

async function grownBy(writes: Writes, commits: number): Promise<void> {
  const enough = writes.commits + commits;
  while (writes.commits < enough) await sleep(POLL_MS);
}

const stateOf = (of: (name: string) => Record<string, number>): State =>
  Object.fromEntries(NAMES.map((name) => [name, of(name)]));

async function tables({ system }: ExportWorld): Promise<State> {
  const state: State = {};
  for (const name of NAMES) {
    const rows = await rowsOf(system, `firestore_${name}`, SOURCE);
    state[name] = Object.fromEntries(
      rows.map(({ _document_id, _data }) => [_document_id, JSON.parse(String(_data)).n]),
    );
  }
  return state;
}
