// Run in a process of its own: the same messages again and again, each pass timed.
import type { Column } from '@firesink/shared/rows/column.ts';
import { compileRow, type RowOptions } from '@firesink/shared/rows/encode.ts';
import { parseSchema } from '@firesink/shared/rows/schema.ts';
import { createTranscoder } from '@firesink/shared/sources/firestore/wire/transcoder.ts';
import { median } from '../bench.ts';
import { head } from '../readers/snapshot-head.ts';
import { ordinaryMessages } from './messages.ts';

export interface TranscodePasses {
  bestMicros: number;
  medianMicros: number;
  firstMicros: number;
  /** Of a document, on average. */
  wireBytes: number;
  rowBytes: number;
}

const PASSES = 40;
/** As the export stage takes them (stages/export-part.ts). */
const CHUNK_BYTES = 256 * 1024;

const COLUMNS: readonly Column[] = parseSchema(
  JSON.stringify([
    { name: 'name', type: 'STRING' },
    { name: 'description', type: 'STRING' },
    { name: 'owner', type: 'STRING' },
    { name: 'status', type: 'STRING' },
    { name: 'calls', type: 'INT64' },
    { name: 'errors', type: 'INT64' },
    { name: 'latency', type: 'FLOAT64' },
    { name: 'price', type: 'FLOAT64' },
    { name: 'public', type: 'BOOL' },
    { name: 'updated', type: 'TIMESTAMP' },
    {
      name: 'spec',
      type: 'RECORD',
      fields: ['team', 'contact']
        .map((name) => ({ name, type: 'STRING' }))
        .concat({ name: 'tier', type: 'INT64' }),
    },
    { name: 'tags', type: 'STRING', mode: 'REPEATED' },
    {
      name: 'backends',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'port', type: 'INT64' },
        { name: 'host', type: 'STRING' },
      ],
    },
  ]),
  'bench',
);

export const SCHEMAS = {
  default: { title: 'default schema', options: { columns: [] } },
  typed: { title: 'a column for each of 13 fields', options: { columns: COLUMNS } },
  rest: { title: 'the same, data: rest', options: { columns: COLUMNS, data: 'rest' } },
  redacted: {
    title: 'default schema, three fields redacted',
    options: { columns: [], redact: [['owner'], ['spec', 'contact'], ['backends', 'host']] },
  },
} as const satisfies Record<string, { title: string; options: RowOptions }>;

export type SchemaName = keyof typeof SCHEMAS;

const isSchema = (name: string): name is SchemaName => Object.hasOwn(SCHEMAS, name);

function measure(options: RowOptions, documents: number): TranscodePasses {
  const messages = ordinaryMessages(documents);
  const transcoder = createTranscoder(compileRow(options), head('shop-data'));
  let rowBytes = 0;
  const pass = (): number => {
    rowBytes = 0;
    const before = process.cpuUsage();
    for (const message of messages) {
      transcoder.transcode(message, 0, message.length);
      if (transcoder.pendingBytes >= CHUNK_BYTES) rowBytes += transcoder.take().length;
    }
    const { user, system } = process.cpuUsage(before);
    rowBytes += transcoder.take().length;
    return (user + system) / documents;
  };
  const micros = Array.from({ length: PASSES }, pass);
  if (transcoder.careful > 0) throw new Error(`${transcoder.careful} rows went the careful way`);
  return {
    bestMicros: Math.min(...micros),
    medianMicros: median(micros),
    firstMicros: micros[0] ?? Number.NaN,
    wireBytes: messages.reduce((sum, message) => sum + message.length, 0) / documents,
    rowBytes: rowBytes / documents,
  };
}

const [, , name = '', documents = ''] = process.argv;
// Imported by the bench, it only says what there is to measure.
if (process.send && isSchema(name)) {
  process.send(measure(SCHEMAS[name].options, Number(documents)));
  process.disconnect();
}
