// The transcoder alone: captured messages into rows, no network, best pass of a warm process.
import { type Bench, median, rounded } from './bench.ts';
import { runMeasured } from './measured-process.ts';
import { SCHEMAS, type SchemaName, type TranscodePasses } from './transcode/passes.ts';

/** DESIGN section 15, floor: µs of CPU a document. */
const LIMIT_MICROS = 2.5;
const DOCUMENTS = 5_000;

export const benchTranscode: Bench = async ({ documents = DOCUMENTS, rounds, progress }) => {
  const names = Object.keys(SCHEMAS) as SchemaName[];
  const measured = new Map<SchemaName, TranscodePasses[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const args = [name, `${documents}`];
      const [passes] = await runMeasured<TranscodePasses>({
        script: 'transcode/passes.ts',
        args,
        env: {},
      });
      if (passes === undefined) throw new Error('transcode/passes.ts said nothing');
      measured.get(name)?.push(passes);
      progress(`round ${round + 1} of ${rounds}: ${name} ${rounded(passes.bestMicros)} µs`);
    }
  }
  const figures = names.map((name) => {
    const passes = measured.get(name) ?? [];
    return {
      name: SCHEMAS[name].title,
      'best CPU µs/document': rounded(Math.min(...passes.map(({ bestMicros }) => bestMicros))),
      'median pass': rounded(median(passes.map(({ medianMicros }) => medianMicros))),
      'first pass, cold': rounded(median(passes.map(({ firstMicros }) => firstMicros))),
      'wire bytes': Math.round(median(passes.map(({ wireBytes }) => wireBytes))),
      'row bytes': Math.round(median(passes.map(({ rowBytes }) => rowBytes))),
    };
  });
  const best = figures[0]?.['best CPU µs/document'] ?? Number.NaN;
  return {
    name: 'transcode',
    ratio: rounded(LIMIT_MICROS / best),
    goal: 1,
    figures,
    notes: [
      `the ratio is ${LIMIT_MICROS} µs divided by the first line's ${best} µs`,
      `each message in a buffer of its own, as Google's emulator sends them; ${documents} documents a pass`,
    ],
  };
};
