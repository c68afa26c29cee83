// Uploaded files, good and bad, as they arrive: in chunks cut anywhere, packed or not.
import { gzipSync } from 'node:zlib';
import { refusal } from '@firesink/shared/config/refusal.ts';
import { FiresinkError } from '@firesink/shared/errors.ts';
import type { Value } from '@firesink/shared/rows/value.ts';
import { readUpload, type UploadLimits } from '@firesink/shared/snapshots/upload-reader.ts';
import fc from 'fast-check';
import { describe, test } from 'vitest';

type Content = string | Buffer;

async function* inChunks(content: Content, chunkBytes = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    yield bytes.subarray(at, Math.min(bytes.length, at + chunkBytes));
  }
}

/** `number:id` of each document, as good as its field `id` shows what came. */
async function read(
  name: string,
  content: Content,
  { chunkBytes, limits }: { chunkBytes?: number; limits?: UploadLimits } = {},
): Promise<string[]> {
  const rows: string[] = [];
  const file = limits === undefined ? { name } : { name, limits };
  for await (const row of readUpload(inChunks(content, chunkBytes), file, toText)) rows.push(row);
  return rows;
}

function toText(value: Value, number: number): string {
  if (value.kind !== 'map') throw refusal('bad-row', `is ${value.kind}`);
  const id = value.fields.get('id');
  return `${number}:${id?.kind === 'string' || id?.kind === 'integer' ? id.value : '?'}`;
}

const LIST = (items: string) =>
  `{\n    "apiVersion": "v1",\n    "items": [${items}],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n`;

const GOOD: [string, string, Content, string[]][] = [
  ['lines', 'a.ndjson', '{"id":1}\n{"id":2}\n', ['1:1', '2:2']],
  ['a last line without its end', 'a.ndjson', '{"id":1}\n{"id":2}', ['1:1', '2:2']],
  ['line ends of Windows', 'a.ndjson', '{"id":1}\r\n{"id":2}\r\n', ['1:1', '2:2']],
  ['blank lines, which count', 'a.ndjson', '\n{"id":1}\n\n  \t\r\n{"id":2}\n\n', ['2:1', '5:2']],
  ['a byte order mark', 'a.ndjson', '\uFEFF{"id":1}\n', ['1:1']],
  ['the ending .jsonl', 'a.jsonl', '{"id":1}\n', ['1:1']],
  ['an ending in capitals', 'A.NDJSON', '{"id":1}\n', ['1:1']],
  [
    'letters of several bytes',
    'a.ndjson',
    '{"id":"größe 💾"}\n{"id":"日本"}\n',
    ['1:größe 💾', '2:日本'],
  ],
  ['a replacement character of its own', 'a.ndjson', '{"id":"\uFFFD"}\n', ['1:\uFFFD']],
  ['an array', 'a.json', '[{"id":1},{"id":2}]', ['1:1', '2:2']],
  [
    'an array over many lines',
    'a.json',
    '\n[\n  { "id": 1 },\r\n\t{ "id": [2] }\n]\n\n',
    ['1:1', '2:?'],
  ],
  ['an array with a byte order mark', 'a.json', '\uFEFF[{"id":1}]', ['1:1']],
  [
    'brackets and quotes within texts',
    'a.json',
    '[{"id":"]}\\"{["},{"id":"\\\\"},{"id":"a\\\\\\"b"}]',
    ['1:]}"{[', '2:\\', '3:a\\"b'],
  ],
  ['empty objects', 'a.json', '[{},{}]', ['1:?', '2:?']],
  [
    'a List as kubectl prints it',
    'a.json',
    LIST('{"id":"a","kind":"Pod"},{"id":"b","items":[1]}'),
    ['1:a', '2:b'],
  ],
  [
    'a List as the API server sends it',
    'a.json',
    '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"17","remainingItemCount":3},"items":[{"id":"a"},{"id":"b"}]}\n',
    ['1:a', '2:b'],
  ],
  [
    'values one after another, as BigQuery exports',
    'a.json',
    '{"id":1}\n{"id":2}\n',
    ['1:1', '2:2'],
  ],
  [
    'values one after another, each over several lines',
    'a.json',
    '{\n "id": 1\n}\n{\n "id": 2\n}',
    ['1:1', '2:2'],
  ],
  [
    'documents that have items',
    'a.json',
    '{"id":1,"items":[{"id":7}]}\n{"id":2,"items":[]}',
    ['1:1', '2:2'],
  ],
  ['one document', 'a.json', '{"id":1}', ['1:1']],
  [
    'documents that look like the head of a List',
    'a.json',
    '{"kind":"x","id":1}{"apiVersion":"v1","id":2}',
    ['1:1', '2:2'],
  ],
];

describe('a file is read with', () => {
  test.for(GOOD)('%s', async ([, name, content, expected], { expect }) => {
    expect(await read(name, content)).toEqual(expected);
  });

  test.for(GOOD)(
    '%s, wherever its chunks are cut',
    async ([, name, content, expected], { expect }) => {
      for (const chunkBytes of [1, 2, 3, 7]) {
        expect(await read(name, content, { chunkBytes })).toEqual(expected);
      }
    },
  );

  test.for(GOOD)('%s, gzipped', async ([, name, content, expected], { expect }) => {
    expect(await read(`${name}.gz`, gzipSync(content), { chunkBytes: 5 })).toEqual(expected);
  });

  test('gzip that its name does not tell of', async ({ expect }) => {
    expect(await read('a.ndjson', gzipSync('{"id":1}\n'))).toEqual(['1:1']);
  });

  test('a name that promises gzip it is not', async ({ expect }) => {
    expect(await read('a.ndjson.gz', '{"id":1}\n')).toEqual(['1:1']);
  });

  test('gzip within gzip', async ({ expect }) => {
    expect(await read('a.ndjson.gz', gzipSync(gzipSync('{"id":1}\n')))).toEqual(['1:1']);
  });

  test('several gzip members, as parallel tools write them', async ({ expect }) => {
    const members = Buffer.concat([gzipSync('{"id":1}\n{"i'), gzipSync('d":2}\n')]);

    expect(await read('a.ndjson.gz', members)).toEqual(['1:1', '2:2']);
  });

  test('one element larger than many chunks', async ({ expect }) => {
    const id = 'x'.repeat(300_000);

    expect(await read('a.json', `[{"id":"${id}"}]`, { chunkBytes: 1000 })).toEqual([`1:${id}`]);
    expect(await read('a.ndjson', `{"id":"${id}"}`, { chunkBytes: 1000 })).toEqual([`1:${id}`]);
  });

  test('more elements than fit into its head', async ({ expect }) => {
    const items = Array.from({ length: 10_000 }, (_, index) => `{"id":${index}}`);
    const expected = items.map((_, index) => `${index + 1}:${index}`);

    expect(await read('a.json', LIST(items.join(', ')), { chunkBytes: 1000 })).toEqual(expected);
    expect(await read('a.json', items.join(' '), { chunkBytes: 1000 })).toEqual(expected);
  });
});

describe('whatever documents hold, however they are laid out and cut,', () => {
  // Integers beyond 64 bits, which JSON.stringify makes of large doubles, are refused.
  const anything = fc
    .jsonValue()
    .map((value) =>
      JSON.stringify(value, (_, each) => (typeof each === 'number' ? each % 2 ** 53 : each)),
    )
    .map((json): unknown => JSON.parse(json));
  const documents = fc.array(
    fc.record({ id: fc.string({ unit: 'grapheme', minLength: 1 }), rest: anything }),
    { minLength: 1, maxLength: 8 },
  );
  const layout = fc.constantFrom(undefined, 1, '\t', '  ');
  const chunkBytes = fc.integer({ min: 1, max: 40 });

  test.for<[string, string, (items: unknown[], indent?: string | number) => string]>([
    ['lines', 'a.ndjson', (items) => items.map((item) => JSON.stringify(item)).join('\n')],
    ['an array', 'a.json', (items, indent) => JSON.stringify(items, null, indent)],
    ['a List', 'a.json', (items, indent) => JSON.stringify({ kind: 'List', items }, null, indent)],
    [
      'values one after another',
      'a.json',
      (items, indent) => items.map((item) => JSON.stringify(item, null, indent)).join(''),
    ],
  ])('%s come back one by one', async ([, name, format], { expect }) => {
    await fc.assert(
      fc.asyncProperty(documents, layout, chunkBytes, async (items, indent, bytes) => {
        expect(await read(name, format(items, indent), { chunkBytes: bytes })).toEqual(
          items.map(({ id }, index) => `${index + 1}:${id}`),
        );
      }),
    );
  });
});

const HINT = 'The table is as it was: correct the file and upload it again';
const ENDINGS =
  'is neither .ndjson nor .json. Upload one JSON document a line as .ndjson, or an array of them as .json; either may be gzipped';
const ROWS =
  'holds no rows. To empty a slice, empty the collection and export it with "allowEmpty":true';

describe('a file is refused for', () => {
  test.for<[string, string, Content, string]>([
    [
      'a bad line 3',
      'a.ndjson',
      '{"id":1}\n{"id":2}\n{"id":3\n{"id":4}\n',
      `line 3: a comma or } is expected (column 8, the end). ${HINT}`,
    ],
    [
      'several bad lines, all of them named',
      'a.ndjson',
      '{"id":1}\nhello\n[1]\n{"id":2} {"id":3}\n',
      `line 2: a value is expected (column 1); line 3: is array; line 4: there is more after the value (column 10). ${HINT}`,
    ],
    [
      'a bad last line without its end',
      'a.ndjson',
      '{"id":1}\n{"id":',
      `line 2: a value is expected (column 7, the end). ${HINT}`,
    ],
    [
      'a line that is not UTF-8',
      'a.ndjson',
      Buffer.concat([
        Buffer.from('{"id":1}\n{"id":"Gr'),
        Buffer.from([0xf6]),
        Buffer.from('n"}\n'),
      ]),
      `line 2: is not UTF-8. ${HINT}`,
    ],
    [
      'a bad element',
      'a.json',
      '[{"id":1},{"id":tru}]',
      `element 2: a value is expected (column 7). ${HINT}`,
    ],
    [
      'elements that are no objects',
      'a.json',
      '[1,"two",[3],null,{"id":5}]',
      `element 1: is integer; element 2: is string; element 3: is array; element 4: is null. ${HINT}`,
    ],
    [
      'a comma too many',
      'a.json',
      '[{"id":1},,{"id":2}]',
      `element 2: is missing: there is a comma too many. ${HINT}`,
    ],
    [
      'a comma at the end',
      'a.json',
      '[{"id":1},]',
      `element 2: is missing: there is a comma too many. ${HINT}`,
    ],
    [
      'a comma at the beginning',
      'a.json',
      '[,{"id":1}]',
      `element 1: is missing: there is a comma too many. ${HINT}`,
    ],
    [
      'a missing comma',
      'a.json',
      '[{"id":1} {"id":2}]',
      `element 1: is followed by neither a comma nor ]. ${HINT}`,
    ],
    [
      'an array that is cut off after an element',
      'a.json',
      '[{"id":1},\n',
      `ends at element 1, within its list: it seems cut off. ${HINT}`,
    ],
    [
      'an array that is cut off within one',
      'a.json',
      '[{"id":1},{"id":2',
      `ends at element 2, within its list: it seems cut off. ${HINT}`,
    ],
    [
      'more after its array',
      'a.json',
      '[{"id":1}]\n[{"id":2}]',
      `there is more after its array. ${HINT}`,
    ],
    [
      'values that are no objects',
      'a.json',
      '{"id":1}\n2\n',
      `element 2: is not an object. ${HINT}`,
    ],
    ['words', 'a.json', 'hello', `element 1: is not an object. ${HINT}`],
    [
      'a value cut off',
      'a.json',
      '{"id":1}\n{"id":',
      `element 2: a value is expected (column 7, the end). ${HINT}`,
    ],
    [
      'a List of another kind',
      'a.json',
      '{"apiVersion":"v1","items":[{"id":1}],"kind":"Table"}',
      `is one object with items, of kind Table, but not a List: put it into an array. ${HINT}`,
    ],
    [
      'a List of no kind',
      'a.json',
      '{"apiVersion":"v1","items":[{"id":1}]}',
      `is one object with items, of no kind, but not a List: put it into an array. ${HINT}`,
    ],
    [
      'a List that is cut off',
      'a.json',
      '{"apiVersion":"v1","items":[{"id":1}],"ki',
      `its List does not end as JSON: it seems cut off. ${HINT}`,
    ],
    [
      'a comma after its last line',
      'a.json',
      '{"id":1},\n{"id":2}',
      `element 2: is not an object. ${HINT}`,
    ],
    ['no content', 'a.ndjson', '', ROWS],
    ['no content, as .json', 'a.json', '', ROWS],
    ['blank lines only', 'a.ndjson', '\n\n \n', ROWS],
    ['an empty array', 'a.json', ' [ ] ', ROWS],
    ['an empty List', 'a.json', LIST(''), ROWS],
    ['nothing but a byte order mark', 'a.ndjson', '\uFEFF', ROWS],
    ['gzip of nothing', 'a.ndjson.gz', gzipSync(''), ROWS],
    ['an ending that is not known', 'a.csv', 'id\n1\n', ENDINGS],
    ['no ending', 'ndjson', '{"id":1}', ENDINGS],
    [
      'UTF-16',
      'a.ndjson',
      Buffer.from('\uFEFF{"id":1}\n', 'utf16le'),
      'is UTF-16. Upload it as UTF-8, gzipped or not',
    ],
    [
      'a zip archive',
      'a.json',
      Buffer.from('PK\u0003\u0004rest'),
      'is a zip archive. Upload it as UTF-8, gzipped or not',
    ],
    [
      'gzip that ends too early',
      'a.ndjson.gz',
      gzipSync('{"id":1}\n').subarray(0, -6),
      'its gzip data ends too early. Upload the file again',
    ],
    [
      'damaged gzip',
      'a.ndjson.gz',
      damaged(gzipSync('{"id":1}\n'.repeat(50))),
      'its gzip data is damaged. Upload the file again',
    ],
  ])('%s', async ([, name, content, message], { expect }) => {
    for (const chunkBytes of [1, 1000]) {
      await expect(read(name, content, { chunkBytes })).rejects.toMatchObject({
        outcome: 'refused',
        code: 'bad-upload',
        message: `${name}: ${message}`,
      });
    }
  });

  test('many bad lines: 20 by name, the others by number', async ({ expect }) => {
    const lines = Array.from({ length: 30 }, (_, index) => (index === 0 ? '{"id":1}' : 'x'));
    const told = Array.from(
      { length: 20 },
      (_, index) => `line ${index + 2}: a value is expected (column 1)`,
    );

    await expect(read('a.ndjson', lines.join('\n'))).rejects.toThrow(
      `a.ndjson: ${told.join('; ')}; and 9 more bad lines. ${HINT}`,
    );
  });

  test('a line longer than the limit, whatever comes after it', async ({ expect }) => {
    const limits = { fileBytes: 1_000_000, lineBytes: 1000 };
    const long = `{"id":"${'x'.repeat(1000)}"}`;

    await expect(
      read('a.ndjson', `{"id":1}\n${long}\nx\n`, { limits, chunkBytes: 100 }),
    ).rejects.toThrow(`a.ndjson: line 2: is longer than 0.001 MB. ${HINT}`);
    await expect(read('a.json', `[{"id":1},${long}]`, { limits, chunkBytes: 100 })).rejects.toThrow(
      `a.json: element 2: is longer than 0.001 MB. ${HINT}`,
    );
  });

  test('a size beyond the limit, as soon as it is reached', async ({ expect }) => {
    const limits = { fileBytes: 2 ** 20, lineBytes: 1000 };
    // 256 MiB of blank lines in 260 KB.
    const bomb = gzipSync(Buffer.alloc(2 ** 28, '\n'));
    let givenBytes = 0;
    const stream = async function* () {
      for await (const chunk of inChunks(bomb, 1000)) {
        givenBytes += chunk.length;
        yield chunk;
      }
    };

    const rows = readUpload(stream(), { name: 'a.ndjson.gz', limits }, toText);

    await expect(rows.next()).rejects.toMatchObject({
      outcome: 'refused',
      code: 'bad-upload',
      what: 'holds more than 0.0009765625 GiB',
    });
    expect(givenBytes).toBeLessThan(bomb.length / 2);
  });
});

describe('reading', () => {
  test('gives no rows after the first bad line', async ({ expect }) => {
    const rows: string[] = [];
    const reading = async () => {
      const content = '{"id":1}\nx\n{"id":3}\n';
      for await (const row of readUpload(inChunks(content, 4), { name: 'a.ndjson' }, toText))
        rows.push(row);
    };

    await expect(reading()).rejects.toThrow('line 2');
    expect(rows).toEqual(['1:1']);
  });

  test("passes on the stream's own error: the file is not at fault", async ({ expect }) => {
    const broken = new Error('socket hang up');
    const stream = async function* (content: Buffer) {
      yield content.subarray(0, 20);
      throw broken;
    };

    const plain = readUpload(stream(Buffer.from('{"id":1}\n')), { name: 'a.ndjson' }, toText);
    const packed = readUpload(stream(gzipSync('{"id":1}\n')), { name: 'a.ndjson' }, toText);

    await expect(Array.fromAsync(plain)).rejects.toBe(broken);
    await expect(Array.fromAsync(packed)).rejects.toBe(broken);
  });

  test('ends the stream when its reader has enough', async ({ expect }) => {
    let ended = 0;
    const stream = async function* (content: Buffer) {
      try {
        for (;;) yield content;
      } finally {
        ended++;
      }
    };

    for (const content of [Buffer.from('{"id":1}\n'), gzipSync('{"id":1}\n')]) {
      for await (const _ of readUpload(stream(content), { name: 'a.ndjson' }, toText)) break;
    }

    await expect.poll(() => ended).toBe(2);
  });

  test('takes what a row throws for the reason, and no other error', async ({ expect }) => {
    const bug = new TypeError('a bug');
    const refuse = readUpload(inChunks('{"id":1}\n'), { name: 'a.ndjson' }, () => {
      throw new FiresinkError({ outcome: 'failed', code: 'too-deep', what: 'lies too deep' });
    });
    const fail = readUpload(inChunks('{"id":1}\n'), { name: 'a.ndjson' }, () => {
      throw bug;
    });

    await expect(refuse.next()).rejects.toThrow(`a.ndjson: line 1: lies too deep. ${HINT}`);
    await expect(fail.next()).rejects.toBe(bug);
  });
});

/** One bit turned within the data, so that only the checksum tells. */
function damaged(packed: Buffer): Buffer {
  const copy = Buffer.from(packed);
  const at = packed.length - 8;
  copy.writeUInt8(packed.readUInt8(at) ^ 1, at);
  return copy;
}
