// String and bytes functions.
import { WHITE_SPACE } from '../macros.ts';
import { each, one, type Signature } from './signature.ts';

const SPACES = `'${WHITE_SPACE}'`;

const trim = (how: string): readonly Signature[] => [
  { params: ['STRING'], result: 'STRING', sql: (s) => `${how}(${s}, ${SPACES})` },
  { params: ['STRING', 'STRING'], result: 'STRING', sql: (s, set) => `${how}(${s}, ${set})` },
];

const SUBSTR: readonly Signature[] = [
  {
    params: ['STRING', 'INT64'],
    result: 'STRING',
    sql: (s, p) => `firesink.substr_from(${s}, ${p})`,
  },
  {
    params: ['STRING', 'INT64', 'INT64'],
    result: 'STRING',
    sql: (s, p, n) => `firesink.substr_part(${s}, ${p}, ${n})`,
  },
];

const LENGTH: readonly Signature[] = [
  ...one(['STRING'], 'INT64', (s) => `length(${s})`),
  ...one(['BYTES'], 'INT64', (b) => `octet_length(${b})`),
];

const cut = (how: 'left' | 'right', name: string) =>
  one(
    ['STRING', 'INT64'],
    'STRING',
    (s, n) =>
      `CASE WHEN ${n} < 0 THEN error('Second argument in ${name}() cannot be negative') ELSE ${how}(${s}, ${n}) END`,
  );

const fill = (how: 'lpad' | 'rpad') =>
  one(
    ['STRING', 'INT64', 'STRING'],
    'STRING',
    (s, n, pattern = "' '") =>
      `CASE WHEN ${n} < 0 THEN error('Second argument in ${how.toUpperCase()}() cannot be negative') WHEN ${pattern} = '' THEN error('Third argument in ${how.toUpperCase()}() cannot be empty') ELSE ${how}(${s}, (${n})::INTEGER, ${pattern}) END`,
    { optional: 1 },
  );

export const STRING_FUNCTIONS: Readonly<Record<string, readonly Signature[]>> = {
  CONCAT: [
    { params: ['STRING'], variadic: true, result: 'STRING', sql: (...s) => s.join(' || ') },
    { params: ['BYTES'], variadic: true, result: 'BYTES', sql: (...b) => b.join(' || ') },
  ],
  LENGTH,
  CHAR_LENGTH: one(['STRING'], 'INT64', (s) => `length(${s})`),
  CHARACTER_LENGTH: one(['STRING'], 'INT64', (s) => `length(${s})`),
  BYTE_LENGTH: [
    ...one(['STRING'], 'INT64', (s) => `strlen(${s})`),
    ...one(['BYTES'], 'INT64', (b) => `octet_length(${b})`),
  ],
  OCTET_LENGTH: one(['STRING'], 'INT64', (s) => `strlen(${s})`),
  UPPER: one(['STRING'], 'STRING', (s) => `upper(${s})`),
  LOWER: one(['STRING'], 'STRING', (s) => `lower(${s})`),
  TRIM: trim('trim'),
  LTRIM: trim('ltrim'),
  RTRIM: trim('rtrim'),
  STARTS_WITH: one(['STRING', 'STRING'], 'BOOL', (s, p) => `starts_with(${s}, ${p})`),
  ENDS_WITH: one(['STRING', 'STRING'], 'BOOL', (s, p) => `ends_with(${s}, ${p})`),
  STRPOS: one(['STRING', 'STRING'], 'INT64', (s, p) => `strpos(${s}, ${p})`),
  SUBSTR,
  SUBSTRING: SUBSTR,
  LEFT: cut('left', 'LEFT'),
  RIGHT: cut('right', 'RIGHT'),
  LPAD: fill('lpad'),
  RPAD: fill('rpad'),
  REPEAT: one(
    ['STRING', 'INT64'],
    'STRING',
    (s, n) =>
      `CASE WHEN ${n} < 0 THEN error('Second argument in REPEAT() cannot be negative') ELSE repeat(${s}, ${n}) END`,
  ),
  REVERSE: one(['STRING'], 'STRING', (s) => `reverse(${s})`),
  REPLACE: one(
    ['STRING', 'STRING', 'STRING'],
    'STRING',
    (s, from, to) => `CASE WHEN ${from} = '' THEN ${s} ELSE replace(${s}, ${from}, ${to}) END`,
  ),
  SPLIT: one(
    ['STRING', 'STRING'],
    { array: 'STRING' },
    (s, d = "','") => `string_split(${s}, ${d})`,
    {
      optional: 1,
    },
  ),
  TO_HEX: one(['BYTES'], 'STRING', (b) => `lower(hex(${b}))`),
  FROM_HEX: one(['STRING'], 'BYTES', (s) => `unhex(${s})`),
  TO_BASE64: one(['BYTES'], 'STRING', (b) => `to_base64(${b})`),
  FROM_BASE64: one(['STRING'], 'BYTES', (s) => `from_base64(${s})`),
  MD5: hash('md5'),
  SHA1: hash('sha1'),
  SHA256: hash('sha256'),
  CHR: one(['INT64'], 'STRING', (n) => `chr((${n})::INTEGER)`),
  UNICODE: one(
    ['STRING'],
    'INT64',
    (s) => `CASE WHEN ${s} = '' THEN 0 ELSE unicode(${s}) END::BIGINT`,
  ),
  GENERATE_UUID: one([], 'STRING', () => 'gen_random_uuid()::VARCHAR'),
  ...comparisons(),
};

function hash(how: string): readonly Signature[] {
  return [
    ...one(['STRING'], 'BYTES', (s) => `unhex(${how}(${s}))`),
    ...one(['BYTES'], 'BYTES', (b) => `unhex(${how}(${b}))`),
  ];
}

/** NULL if any argument is: DuckDB's own skip them. */
function comparisons(): Readonly<Record<string, readonly Signature[]>> {
  const types = ['INT64', 'NUMERIC', 'FLOAT64', 'STRING', 'DATE', 'DATETIME', 'TIMESTAMP'] as const;
  const build = (how: string) =>
    each(
      types,
      1,
      (...values) =>
        `CASE WHEN ${values.map((value) => `${value} IS NULL`).join(' OR ')} THEN NULL ELSE ${how}(${values.join(', ')}) END`,
    ).map((signature) => ({ ...signature, variadic: true }));
  return { GREATEST: build('greatest'), LEAST: build('least') };
}
