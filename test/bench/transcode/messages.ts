// The benches' documents as Firestore's answers, each in a buffer of its own.
import type { Value } from '@firesink/shared/rows/value.ts';
import { encodeResponse } from '../../support/wire.ts';
import { ordinary } from '../documents.ts';

export function ordinaryMessages(documents: number): Buffer[] {
  return Array.from({ length: documents }, (_, index) => {
    const seconds = 1_790_000_000n + BigInt(index * 37);
    const message = encodeResponse({
      name: `projects/shop-data/databases/(default)/documents/apis/${documentId(index)}`,
      fields: fieldsOf(ordinary(index)),
      createTime: { seconds, nanos: ((index * 7919) % 1_000_000) * 1000 },
      updateTime: {
        seconds: seconds + BigInt(index % 2),
        nanos: ((index * 7919) % 1_000_000) * 1000,
      },
    });
    const own = Buffer.allocUnsafeSlow(message.length);
    message.copy(own);
    return own;
  });
}

/** Twenty letters, as Firestore makes them. */
const documentId = (index: number): string =>
  Buffer.from(`${Math.imul(index, 0x9e3779b1) >>> 0}`.padStart(15, '0')).toString('base64url');

const fieldsOf = (fields: object): Map<string, Value> =>
  new Map(Object.entries(fields).map(([name, field]) => [name, toValue(field)]));

/** As the official client writes them: whole numbers are integers. */
function toValue(field: unknown): Value {
  if (typeof field === 'string') return { kind: 'string', value: field };
  if (typeof field === 'boolean') return { kind: 'boolean', value: field };
  if (typeof field === 'number') {
    return Number.isSafeInteger(field)
      ? { kind: 'integer', value: BigInt(field) }
      : { kind: 'double', value: field };
  }
  if (field instanceof Date) {
    const ms = field.getTime();
    return { kind: 'timestamp', seconds: BigInt(Math.floor(ms / 1000)), nanos: (ms % 1000) * 1e6 };
  }
  if (Array.isArray(field)) return { kind: 'array', values: field.map(toValue) };
  return { kind: 'map', fields: fieldsOf(field ?? {}) };
}
