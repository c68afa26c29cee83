// Files as people and broken programs upload them: each either is in the table whole, or refused with line
// and reason and the table as it was.
import { gzipSync } from 'node:zlib';
import { FiresinkError } from '@firesink/shared/errors.ts';
import { loadUpload } from '@firesink/shared/stages/sync.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoorRequest, Fault } from '../support/http-door.ts';
import { type LoadWorld, openLoadWorld } from '../support/load-world.ts';

let world: LoadWorld;
let onRequest: (request: DoorRequest) => Fault | undefined = () => undefined;

beforeAll(async () => {
  world = await openLoadWorld({
    collections: ['{ collection: good }', '{ collection: bad }', '{ collection: moving }'],
    storage: (request) => onRequest(request),
  });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const bucket = async () => (await world.system.clients.storage()).bucket('sink');

interface FileOptions {
  collection: string;
  name: string;
  contents: string | Buffer;
  contentEncoding?: string;
}

async function upload({ collection, name, contents, contentEncoding }: FileOptions) {
  const path = `uploads/firestore/shop/${collection}/${name}`;
  const file = (await bucket()).file(path);
  const metadata = contentEncoding === undefined ? {} : { contentEncoding };
  await file.save(contents, { resumable: false, metadata });
  return path;
}

/** What the load function does with it: state, or code and text of the refusal. */
async function ended(collection: string, path: string): Promise<string> {
  try {
    return (await loadUpload(world.services, world.pair(collection), path)).state;
  } catch (error) {
    if (!(error instanceof FiresinkError)) throw error;
    return `${error.outcome} ${error.code}: ${error.what}`;
  }
}

const TWO = '{"_document_id":"a"}\n{"_document_id":"b"}\n';

describe('is loaded', () => {
  test.each<[string, string, string | Buffer, string?]>([
    ['a byte order mark in front', 'bom.ndjson', `\u{FEFF}${TWO}`],
    ['lines that end as on Windows', 'crlf.ndjson', TWO.replaceAll('\n', '\r\n')],
    ['empty lines at the end', 'tail.ndjson', `${TWO}\n\n`],
    ['no end of the last line', 'cut.ndjson', TWO.trimEnd()],
    ['gzip by its name', 'named.ndjson.gz', gzipSync(TWO)],
    ['gzip by its header, Content-Encoding', 'header.ndjson', gzipSync(TWO), 'gzip'],
    ['an array', 'array.json', '[{"_document_id":"a"},\n{"_document_id":"b"}]'],
  ])('%s', async (_, name, contents, contentEncoding) => {
    const options = { collection: 'good', name, contents };
    const path = await upload(contentEncoding ? { ...options, contentEncoding } : options);
    expect(await ended('good', path)).toBe('loaded');
    expect(await world.ids(world.pair('good'))).toEqual(['a', 'b']);
  });
});

describe('is refused, and the table as it was', () => {
  beforeAll(async () => {
    const contents = '{"_document_id":"before"}\n';
    const path = await upload({ collection: 'bad', name: 'before.ndjson', contents });
    expect(await ended('bad', path)).toBe('loaded');
  });

  test.each<[string, string, () => string | Buffer, RegExp]>([
    [
      'gzip that is cut off',
      'cut.ndjson.gz',
      () => gzipSync(TWO.repeat(1_000)).subarray(0, -20),
      /^refused bad-upload: .*gzip/,
    ],
    [
      'a line cut off',
      'half.ndjson',
      () => `${TWO}{"_document_id":"c`,
      /^refused bad-upload: line 3:/,
    ],
    [
      'an array cut off',
      'half.json',
      () => '[{"_document_id":"a"},{"_doc',
      /^refused bad-upload: /,
    ],
    ['no lines at all', 'none.ndjson', () => '', /^refused bad-upload: holds no rows/],
    ['another ending', 'rows.csv', () => 'a,b\n', /^refused bad-upload: is neither/],
  ])('%s', async (_, name, contents, refusal) => {
    const path = await upload({ collection: 'bad', name, contents: contents() });
    expect(await ended('bad', path)).toMatch(refusal);
    expect(await world.ids(world.pair('bad'))).toEqual(['before']);
    const [{ metadata }] = await (await bucket()).file(path).getMetadata();
    expect(metadata?.firesink_error).toContain(path);
  });
});

test('half a file is no file: nothing is there until the upload is finished', async () => {
  const path = 'uploads/firestore/shop/bad/unfinished.ndjson';
  const file = (await bucket()).file(path);
  const [session] = await file.createResumableUpload();
  const half = TWO.repeat(10_000).slice(0, 262_144);
  const response = await fetch(session, {
    method: 'PUT',
    body: half,
    headers: { 'content-range': 'bytes 0-262143/*' },
  });
  expect(response.status).toBe(308);
  expect(await file.exists()).toEqual([false]);
  expect(await ended('bad', path)).toBe('skipped');
});

test('a file replaced while it is read: the one that replaced it is in the table', async () => {
  const replace = {
    collection: 'moving',
    name: 'file.ndjson',
    contents: '{"_document_id":"new"}\n',
  };
  const path = await upload({ ...replace, contents: TWO });
  let replaced: Promise<string> | undefined;
  onRequest = ({ url }) => {
    if (!url.includes('alt=media') || replaced) return undefined;
    replaced = upload(replace);
    return { do: 'delay', ms: 500 };
  };
  const first = await ended('moving', path);
  onRequest = () => undefined;
  await replaced;
  // Nothing of the old one: the new one's own event brings its rows.
  expect(first).toBe('skipped');
  expect(await ended('moving', path)).toBe('loaded');
  expect(await world.ids(world.pair('moving'))).toEqual(['new']);
});
