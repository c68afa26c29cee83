// A reader measured: one process, which reads collections one after the other and tells what each cost.
import { type Usage, usageNow } from '../usage.ts';

export interface Pass {
  project: string;
  collection: string;
}

/** How many documents and bytes of rows there were, to tell that a reader did its work. */
export interface Read {
  documents: number;
  bytes: number;
}

export interface Reader {
  /** With whatever it loads and connects on the way. */
  read(pass: Pass): Promise<Read>;
}

/** The first pass has the start of the process in it. */
export interface PassResult extends Read, Usage {
  wallMs: number;
}

/** Reads what the arguments say, sends each pass's result to the parent, and ends the process. */
export async function run(reader: Reader): Promise<never> {
  const passes: readonly Pass[] = JSON.parse(process.argv[2] ?? '[]');
  let cpuBeforeMs = 0;
  for (const pass of passes) {
    const startedMs = performance.now();
    const read = await reader.read(pass);
    const wallMs = performance.now() - startedMs;
    const { cpuMs, peakBytes } = usageNow();
    process.send?.({ ...read, wallMs, cpuMs: cpuMs - cpuBeforeMs, peakBytes });
    cpuBeforeMs = cpuMs;
  }
  process.exit();
}
