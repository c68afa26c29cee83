// JSON for machines, 64-bit integers as digits: none is ever shown through a double.

/** Values as BigQuery's client gives them with `wrapIntegers`: integers, times and such as objects with a text. */
export function formatJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number')
    return Number.isFinite(value) ? JSON.stringify(value) : `"${value}"`;
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'));
  if (Array.isArray(value)) return `[${value.map(formatJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const integer = integerOf(value);
  if (integer !== undefined) return integer;
  const text = textOf(value);
  if (text !== undefined) return JSON.stringify(text);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${formatJson(each)}`).join(',')}}`;
}

/** The same for a cell of a table: text without quotes. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return value;
  const json = formatJson(value);
  return json.startsWith('"') ? String(JSON.parse(json)) : json;
}

/** Of the client's BigQueryInt. */
function integerOf(value: object): string | undefined {
  if (Reflect.get(value, 'type') !== 'BigQueryInt') return undefined;
  return String(Reflect.get(value, 'value'));
}

/** Of the client's wrappers of times, geographies and big decimals. */
function textOf(value: object): string | undefined {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return undefined;
  const text: unknown = Reflect.get(value, 'value');
  return typeof text === 'string' ? text : String(value);
}
