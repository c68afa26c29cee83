// Mathematical functions.
import { each, one, type Signature } from './signature.ts';

const NUMBERS = ['INT64', 'NUMERIC', 'FLOAT64'] as const;

const float = (how: string, params = 1) =>
  each(['FLOAT64'], params, (...values) => `${how}(${values.join(', ')})`);

/** On integers the result is FLOAT64; DuckDB's DECIMAL would lose its scale. */
const rounding = (how: string): readonly Signature[] => [
  ...one(['NUMERIC'], 'NUMERIC', (x) => `${how}(${x})::DECIMAL(38,9)`),
  ...one(['FLOAT64'], 'FLOAT64', (x) => `${how}(${x})`),
];

const ROUND: readonly Signature[] = [
  ...rounding('round'),
  ...one(['NUMERIC', 'INT64'], 'NUMERIC', (x, n) => `round(${x}, (${n})::INTEGER)::DECIMAL(38,9)`),
  ...one(['FLOAT64', 'INT64'], 'FLOAT64', (x, n) => `round(${x}, (${n})::INTEGER)`),
];

/** INT64 goes to FLOAT64, though NUMERIC would hold it. */
const integersAsFloats = (signatures: readonly Signature[]): readonly Signature[] =>
  signatures.flatMap((signature) =>
    signature.params[0] === 'NUMERIC'
      ? [
          {
            ...signature,
            params: ['INT64', ...signature.params.slice(1)],
            result: 'FLOAT64' as const,
            sql: (x: string, ...rest: string[]) =>
              `(${signature.sql(`(${x})::DECIMAL(38,9)`, ...rest)})::DOUBLE`,
          },
          signature,
        ]
      : [signature],
  );

export const MATH_FUNCTIONS: Readonly<Record<string, readonly Signature[]>> = {
  ABS: each(NUMBERS, 1, (x) => `abs(${x})`),
  SIGN: [
    ...each(['INT64'], 1, (x) => `sign(${x})::BIGINT`),
    ...each(['NUMERIC'], 1, (x) => `sign(${x})::DECIMAL(38,9)`),
    ...each(['FLOAT64'], 1, (x) => `sign(${x})::DOUBLE`),
  ],
  ROUND: integersAsFloats(ROUND),
  TRUNC: integersAsFloats(rounding('trunc')),
  CEIL: integersAsFloats(rounding('ceil')),
  CEILING: integersAsFloats(rounding('ceil')),
  FLOOR: integersAsFloats(rounding('floor')),
  DIV: each(
    ['INT64'],
    2,
    (a, b) => `CASE WHEN ${b} = 0 THEN error('division by zero: DIV') ELSE ${a} // ${b} END`,
  ),
  MOD: each(
    ['INT64', 'NUMERIC'],
    2,
    (a, b) => `CASE WHEN ${b} = 0 THEN error('division by zero: MOD') ELSE ${a} % ${b} END`,
  ),
  SQRT: each(
    ['FLOAT64'],
    1,
    (x) =>
      `CASE WHEN ${x} < 0 THEN error('Argument to SQRT cannot be negative') ELSE sqrt(${x}) END`,
  ),
  POW: float('pow', 2),
  POWER: float('pow', 2),
  EXP: float('exp'),
  LN: float('ln'),
  LOG: [...float('ln'), ...each(['FLOAT64'], 2, (x, base) => `ln(${x}) / ln(${base})`)],
  LOG10: float('log10'),
  SIN: float('sin'),
  COS: float('cos'),
  TAN: float('tan'),
  ASIN: float('asin'),
  ACOS: float('acos'),
  ATAN: float('atan'),
  ATAN2: float('atan2', 2),
  IS_NAN: each(['FLOAT64'], 1, (x) => `isnan(${x})`, 'BOOL'),
  IS_INF: each(['FLOAT64'], 1, (x) => `isinf(${x})`, 'BOOL'),
  RAND: one([], 'FLOAT64', () => 'random()'),
  SAFE_DIVIDE: each(['FLOAT64'], 2, (a, b) => `CASE WHEN ${b} = 0 THEN NULL ELSE ${a} / ${b} END`),
  SAFE_ADD: safe('+'),
  SAFE_SUBTRACT: safe('-'),
  SAFE_MULTIPLY: safe('*'),
  BIT_COUNT: one(['INT64'], 'INT64', (x) => `bit_count(${x})::BIGINT`),
};

function safe(operator: string): readonly Signature[] {
  return each(['INT64', 'FLOAT64'], 2, (a, b) => `TRY(${a} ${operator} ${b})`);
}
