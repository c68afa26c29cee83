// Field transforms: what Firestore computes itself while it writes.
// https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#fieldtransform
import { compareValues, equalValues } from './compare.ts';
import { invalidArgument } from './errors.ts';
import { type FieldPath, getField, parseFieldPath, setField } from './field-paths.ts';
import type { FieldTransform } from './requests.ts';
import { type Fields, NULL, readArray, readValue, type Value } from './values.ts';
import { WireReader } from './wire.ts';

type NumberValue = Extract<Value, { type: 'integer' | 'double' }>;

interface Outcome {
  value: Value;
  /** What the write's result tells the client; the array transforms tell nothing. */
  result: Value;
}

/** Given what the field holds, and the time of the commit in microseconds. */
type Compute = (current: Value | undefined, micros: number) => Outcome;

export interface ParsedTransform {
  path: FieldPath;
  compute: Compute;
}

/** @throws INVALID_ARGUMENT for transforms of a kind or at a place Firestore does not know. */
export function parseTransforms(transforms: readonly FieldTransform[]): ParsedTransform[] {
  const parsed = transforms.map((transform) => ({
    path: parseFieldPath(transform.fieldPath),
    compute: parseCompute(transform),
  }));
  for (const { path } of parsed) {
    const inside = parsed.some(
      (other) =>
        other.path.length > path.length && path.every((name, at) => other.path[at] === name),
    );
    if (!inside) continue;
    const shown = path.join('.');
    throw invalidArgument(
      `Cannot transform property ${shown} and its nested property at the same time.`,
    );
  }
  return parsed;
}

/** Changes `fields`, and answers the results in the order of the transforms. */
export function applyTransforms(
  fields: Fields,
  transforms: readonly ParsedTransform[],
  micros: number,
): Value[] {
  return transforms.map(({ path, compute }) => {
    const { value, result } = compute(getField(fields, path), micros);
    setField(fields, path, value);
    return result;
  });
}

function parseCompute(transform: FieldTransform): Compute {
  switch (transform.transformType) {
    case 'setToServerValue':
      return serverTime(transform.setToServerValue);
    case 'increment':
      return increment(number(transform.increment));
    case 'maximum':
      return extreme(number(transform.maximum), 1);
    case 'minimum':
      return extreme(number(transform.minimum), -1);
    case 'appendMissingElements':
      return append(elements(transform.appendMissingElements));
    case 'removeAllFromArray':
      return remove(elements(transform.removeAllFromArray));
    default:
      throw invalidArgument('Operation type must be specified for field transformation.');
  }
}

function number(bytes: Buffer = Buffer.alloc(0)): NumberValue {
  const value = readValue(new WireReader(bytes));
  if (value.type === 'integer' || value.type === 'double') return value;
  throw invalidArgument('Input must be int64 or double.');
}

const elements = (bytes: Buffer = Buffer.alloc(0)): Value[] => readArray(new WireReader(bytes));

const both = (value: Value): Outcome => ({ value, result: value });

function serverTime(serverValue: string | undefined): Compute {
  if (serverValue !== 'REQUEST_TIME') {
    throw invalidArgument(
      'ServerValue type must be specified for set_to_server_value transformation.',
    );
  }
  return (_current, micros) => {
    // Firestore's server time has milliseconds, its commit time microseconds.
    const millis = Math.floor(micros / 1000);
    const seconds = Math.floor(millis / 1000);
    const nanos = (millis - seconds * 1000) * 1e6;
    return both({ type: 'timestamp', seconds: BigInt(seconds), nanos });
  };
}

const MAX_INTEGER = 2n ** 63n - 1n;
const MIN_INTEGER = -(2n ** 63n);

function increment(by: NumberValue): Compute {
  return (current) => {
    if (current?.type !== 'integer' && current?.type !== 'double') return both(by);
    if (current.type === 'double' || by.type === 'double') {
      return both({ type: 'double', value: Number(current.value) + Number(by.value) });
    }
    const sum = current.value + by.value;
    const value = sum > MAX_INTEGER ? MAX_INTEGER : sum < MIN_INTEGER ? MIN_INTEGER : sum;
    return both({ type: 'integer', value });
  };
}

/** The greater (1) or the lesser (-1); of equal ones what is there stays; NaN always wins. */
function extreme(operand: NumberValue, sign: 1 | -1): Compute {
  const operandIsNaN = Number.isNaN(operand.value);
  return (current) => {
    if (current?.type !== 'integer' && current?.type !== 'double') return both(operand);
    const wins = operandIsNaN || compareValues(operand, current) * sign > 0;
    return both(wins && !Number.isNaN(current.value) ? operand : current);
  };
}

const items = (current: Value | undefined): Value[] =>
  current?.type === 'array' ? current.values : [];

function append(added: readonly Value[]): Compute {
  return (current) => {
    const values = [...items(current)];
    for (const value of added) {
      if (!values.some((present) => equalValues(present, value))) values.push(value);
    }
    return { value: { type: 'array', values }, result: NULL };
  };
}

function remove(removed: readonly Value[]): Compute {
  return (current) => {
    const values = items(current).filter(
      (present) => !removed.some((value) => equalValues(present, value)),
    );
    return { value: { type: 'array', values }, result: NULL };
  };
}
