// The cutting of a stream into lines, wherever its chunks end.
import fc from 'fast-check';
import { test } from 'vitest';
import { LineSplitter } from '../../infra/local/bigquery/load/lines.ts';

interface Cut {
  text: string;
  position: number;
}

function cut(chunks: readonly Buffer[]): Cut[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => [...splitter.push(chunk)].map(read));
  return [...lines, ...[...splitter.end()].map(read)];
}

const read = ({
  bytes,
  start,
  end,
  position,
}: {
  bytes: Buffer;
  start: number;
  end: number;
  position: number;
}) => ({
  text: bytes.toString('utf8', start, end),
  position,
});

test('lines come whole, with the position of their first byte', ({ expect }) => {
  const chunks = ['{"a":', '1}\n\n{"é"', ':2}\r\n{"b"', ':3}'].map((text) => Buffer.from(text));
  expect(cut(chunks)).toEqual([
    { text: '{"a":1}', position: 0 },
    { text: '', position: 8 },
    { text: '{"é":2}\r', position: 9 },
    { text: '{"b":3}', position: 19 },
  ]);
});

test('however the bytes are cut, the lines are the same', ({ expect }) => {
  const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', '😀') }), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 5 }), (parts, step) => {
      const whole = Buffer.from(parts.join('\n'));
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length; at += step) pieces.push(whole.subarray(at, at + step));
      expect(cut(pieces)).toEqual(cut([whole]));
    }),
  );
});
