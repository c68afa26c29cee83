// The stand-in's pure parts: what the contract tests reach only by chance.
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { parseContentRange } from '../../infra/local/storage/content-range.ts';
import { parseRange } from '../../infra/local/storage/download.ts';
import { combineCrc32c, formatCrc32c, parseHashHeader } from '../../infra/local/storage/hashes.ts';
import { formatPageToken, listNames, parsePageToken } from '../../infra/local/storage/listing.ts';
import { readMultipart } from '../../infra/local/storage/multipart.ts';
import { compareNames, NamedRecords } from '../../infra/local/storage/names.ts';

describe('checksums', () => {
  test('the checksum of two runs of bytes follows from theirs', ({ expect }) => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, bytes, (first, second) => {
        const whole = crc32c(Buffer.concat([first, second]));
        expect(combineCrc32c(crc32c(first), crc32c(second), second.length)).toBe(whole);
      }),
    );
  });

  test('however long the second run is', ({ expect }) => {
    const second = Buffer.alloc(5_000_011, 'firesink');
    const whole = crc32c(second, crc32c('first'));
    expect(combineCrc32c(crc32c('first'), crc32c(second), second.length)).toBe(whole);
    // 5 GiB of zeros, without making them: twice 2.5 GiB must be the same.
    const zeros = (bytes: number) => combineCrc32c(crc32c('x'), 0, bytes);
    const half = 2.5 * 1024 ** 3;
    expect(combineCrc32c(zeros(half), 0, half)).toBe(zeros(2 * half));
  });

  test.for([
    ['', 'AAAAAA=='],
    ['hello', 'mnG7TA=='],
  ] as const)('the checksum of "%s" is written %s', ([text, written], { expect }) => {
    expect(formatCrc32c(crc32c(text))).toBe(written);
  });

  test.for([
    [undefined, {}],
    ['crc32c=mnG7TA==', { crc32c: 'mnG7TA==' }],
    [
      'md5=XUFAKrxLKna5cZ2REBfFkg==, crc32c=mnG7TA==',
      { md5: 'XUFAKrxLKna5cZ2REBfFkg==', crc32c: 'mnG7TA==' },
    ],
    [['crc32c=a', 'md5=b'], { crc32c: 'a', md5: 'b' }],
    ['sha1=x', {}],
  ] as const)('x-goog-hash %j says %j', ([header, expected], { expect }) => {
    expect(parseHashHeader(typeof header === 'object' ? [...header] : header)).toEqual(expected);
  });
});

describe('Content-Range', () => {
  test.for([
    [undefined, { first: 0 }],
    ['bytes 0-262143/*', { first: 0, last: 262143 }],
    ['bytes 262144-307209/307210', { first: 262144, last: 307209, total: 307210 }],
    ['bytes 262144-*/*', { first: 262144 }],
    ['bytes 0-*/10', { first: 0, total: 10 }],
    ['bytes */*', {}],
    ['bytes */307210', { total: 307210 }],
    ['bytes 0--1/0', { first: 0, last: -1, total: 0 }],
  ] as const)('"%s" means %j', ([text, expected], { expect }) => {
    expect(parseContentRange(text)).toEqual(expected);
  });

  test.for(['bytes 0-10', 'bytes -5/10', 'items 0-1/2', ''])(
    '"%s" is refused',
    (text, { expect }) => {
      expect(() => parseContentRange(text)).toThrow('Failed to parse Content-Range header');
    },
  );
});

describe('Range', () => {
  test.for([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=9-', { start: 9, end: 10 }],
    ['bytes=5-100', { start: 5, end: 10 }],
    ['bytes=-4', { start: 6, end: 10 }],
    ['bytes=-100', { start: 0, end: 10 }],
    ['bytes=4-3', undefined],
    ['bytes=0-1,3-4', undefined],
    [undefined, undefined],
  ] as const)('%s of ten bytes is %j', ([text, expected], { expect }) => {
    expect(parseRange(text, 10)).toEqual(expected);
  });

  test.for(['bytes=10-', 'bytes=10-20', 'bytes=-0'])(
    '%s of ten bytes cannot be had',
    (text, { expect }) => {
      expect(() => parseRange(text, 10)).toThrow('cannot be satisfied');
    },
  );
});

describe('names', () => {
  const name = fc.stringMatching(/^[ab/é～😀]{1,6}$/u);

  test('are ordered by their UTF-8 bytes', ({ expect }) => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareNames(a, b))).toBe(expected);
      }),
    );
  });

  test('stay in order, whatever is added and removed', ({ expect }) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), name)), (steps) => {
        const records = new NamedRecords<true>();
        const expected = new Set<string>();
        for (const [isAdded, key] of steps) {
          if (isAdded) records.set(key, true);
          else records.delete(key);
          if (isAdded) expected.add(key);
          else expected.delete(key);
          expect(records.names()).toEqual([...expected].sort(compareNames));
        }
      }),
    );
  });

  test('a page is what a search through all names finds', ({ expect }) => {
    const query = fc.record({
      prefix: fc.constantFrom('', 'a', 'a/', 'é'),
      delimiter: fc.constantFrom('', '/', 'b'),
      startOffset: fc.constantFrom('', 'a/b', 'b'),
      endOffset: fc.constantFrom('', 'b', '😀'),
      includeTrailingDelimiter: fc.boolean(),
      maxResults: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), query, (unsorted, options) => {
        const names = unsorted.toSorted(compareNames);
        const found: unknown[] = [];
        let page = listNames(names, { ...options, after: undefined });
        found.push(...page.entries);
        while (page.more) {
          const last = page.entries.at(-1);
          if (last === undefined) throw new Error('a page that is not the last was empty');
          const after = parsePageToken(formatPageToken(last));
          page = listNames(names, { ...options, after });
          found.push(...page.entries);
        }
        expect(found).toEqual(search(names, options));
      }),
    );
  });
});

/** The definition, one name after the other. */
function search(
  names: readonly string[],
  query: {
    prefix: string;
    delimiter: string;
    startOffset: string;
    endOffset: string;
    includeTrailingDelimiter: boolean;
  },
) {
  const found: { kind: string; name: string }[] = [];
  const groups = new Set<string>();
  for (const name of names) {
    const isBefore = compareNames(name, query.startOffset) < 0;
    const isPast = query.endOffset !== '' && compareNames(name, query.endOffset) >= 0;
    if (!name.startsWith(query.prefix) || isBefore || isPast) continue;
    const rest = name.slice(query.prefix.length);
    const [head, ...tail] = query.delimiter === '' ? [rest] : rest.split(query.delimiter);
    if (tail.length === 0) {
      found.push({ kind: 'object', name });
      continue;
    }
    const group = query.prefix + head + query.delimiter;
    if (query.includeTrailingDelimiter && name === group) found.push({ kind: 'object', name });
    if (!groups.has(group)) found.push({ kind: 'prefix', name: group });
    groups.add(group);
  }
  return found;
}

describe('multipart/related', () => {
  const media = Buffer.from('one\r\n--sep\r\n--se two\r\n\r\n-');
  const body = Buffer.concat([
    Buffer.from(
      '--separator\r\nContent-Type: application/json\r\n\r\n{"name":"ä"}\r\n--separator\r\n',
    ),
    Buffer.from('Content-Type: text/plain\r\n\r\n'),
    media,
    Buffer.from('\r\n--separator--\r\nepilogue'),
  ]);

  async function* cutAt(bytes: Buffer, ...cuts: number[]) {
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      yield bytes.subarray(from, cut);
      from = cut;
    }
  }

  async function read(contentType: string, chunks: AsyncIterable<Buffer>) {
    const parts = await readMultipart(contentType, chunks);
    const received: Buffer[] = [];
    for await (const bytes of parts.media) received.push(bytes);
    return { ...parts, media: Buffer.concat(received) };
  }

  test('wherever the network cuts it, the parts are the same', async ({ expect }) => {
    for (let cut = 1; cut < body.length; cut += 1) {
      const parts = await read('multipart/related; boundary=separator', cutAt(body, cut, cut + 1));
      expect(parts.resource.trim()).toBe('{"name":"ä"}');
      expect(parts.mediaHeaders.get('content-type')).toBe('text/plain');
      expect(parts.media.equals(media)).toBe(true);
    }
  });

  test.for(['multipart/related', 'application/json', 'multipart/form-data; boundary=separator'])(
    'a body of type %s is refused',
    async (contentType, { expect }) => {
      await expect(read(contentType, cutAt(body))).rejects.toThrow('Malformed multipart body');
    },
  );

  test('a body that stops anywhere is refused', async ({ expect }) => {
    const end = body.indexOf('\r\n--separator--');
    for (let length = 0; length < end; length += 7) {
      const cut = cutAt(body.subarray(0, length));
      await expect(read('multipart/related; boundary="separator"', cut)).rejects.toThrow(
        'Malformed multipart body',
      );
    }
  });
});
