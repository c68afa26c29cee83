// What every bench takes and gives.

export interface BenchOptions {
  /** Instead of the sizes that the goals are for. */
  documents: number | undefined;
  /** How often everything is measured, one after the other in turn; what is reported is the median. */
  rounds: number;
  /** Tells people how far it is. */
  progress: (line: string) => void;
}

/** A line of the table: a name and its numbers. */
export type Figure = { name: string } & Readonly<Record<string, string | number>>;

export interface BenchResult {
  name: string;
  /** How many times better than the peer, or, where a limit is asked for, limit divided by measured. */
  ratio: number;
  /** The least that DESIGN section 15 asks for. */
  goal: number;
  figures: readonly Figure[];
  /** What the figures are figures of, and what has to be known to read them. */
  notes: readonly string[];
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** Three digits that matter. */
export const rounded = (value: number): number => Number(value.toPrecision(3));
