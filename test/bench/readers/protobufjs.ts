// What one would do next after the official client: the same stream, messages decoded by the code protobufjs
// generates, each value made plain, a line of JSON for each document.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs';
import { wholeCollection } from './firesink-stream.ts';
import { LineBuffers } from './line-buffers.ts';
import { run } from './reader.ts';

/** A `google.firestore.v1.Value`; one of them is set. */
interface Value {
  nullValue?: 'NULL_VALUE';
  booleanValue?: boolean;
  integerValue?: protobuf.Long;
  doubleValue?: number;
  timestampValue?: { seconds: protobuf.Long; nanos: number };
  stringValue?: string;
  mapValue?: { fields: Record<string, Value> };
  arrayValue?: { values: Value[] };
}

interface Response {
  document: { name: string; fields: Record<string, Value> };
}

await run({
  async read(pass) {
    const type = responseType();
    const lines = new LineBuffers();
    await wholeCollection(pass, (buffer, start, end) => {
      const decoded: unknown = type.decode(buffer.subarray(start, end));
      const { name, fields } = (decoded as Response).document;
      lines.add({
        _document_id: name.slice(name.lastIndexOf('/') + 1),
        _data: plainFields(fields),
      });
    });
    return lines.read();
  },
});

/** Of the client's own description of the service. */
function responseType(): protobuf.Type {
  const main = createRequire(import.meta.url).resolve('@google-cloud/firestore');
  const text = readFileSync(join(dirname(main), '../protos/v1.json'), 'utf8');
  return protobuf.Root.fromJSON(JSON.parse(text)).lookupType(
    'google.firestore.v1.RunQueryResponse',
  );
}

function plainFields(fields: Record<string, Value>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const name in fields) plain[name] = plainOf(fields[name] ?? {});
  return plain;
}

function plainOf(value: Value): unknown {
  if (value.stringValue != null) return value.stringValue;
  if (value.integerValue != null) return Number(value.integerValue);
  if (value.doubleValue != null) return value.doubleValue;
  if (value.booleanValue != null) return value.booleanValue;
  if (value.mapValue != null) return plainFields(value.mapValue.fields);
  if (value.arrayValue != null) return value.arrayValue.values.map(plainOf);
  if (value.timestampValue == null) return null;
  const { seconds, nanos } = value.timestampValue;
  return new Date(Number(seconds) * 1000 + nanos / 1e6);
}
