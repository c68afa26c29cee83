// Which function a call means. What is not in these tables is refused: never a wrong answer.
import type { FunctionCall } from '../ast.ts';
import { QueryError, unserved } from '../query-error.ts';
import type { Environment } from '../scope.ts';
import type { Typed } from '../typed.ts';
import { AGGREGATES } from './aggregates.ts';
import { ARRAY_FUNCTIONS } from './arrays.ts';
import type { CallContext, SpecialFunction } from './context.ts';
import { DATE_FUNCTIONS, DATE_SPECIALS } from './dates.ts';
import { FORMAT_FUNCTIONS } from './formats.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { REGEXP_FUNCTIONS } from './regexps.ts';
import { applySignature, type Signature } from './signature.ts';
import { STRING_FUNCTIONS } from './strings.ts';
import { compileWindow } from './windows.ts';

const SIGNATURES: Readonly<Record<string, readonly Signature[]>> = {
  ...STRING_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...DATE_FUNCTIONS,
};

const SPECIALS: Readonly<Record<string, SpecialFunction>> = {
  ...ARRAY_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...DATE_SPECIALS,
  ...FORMAT_FUNCTIONS,
  ...REGEXP_FUNCTIONS,
};

export function compileCall(
  call: FunctionCall,
  compile: CallContext['compile'],
  environment: Environment,
): Typed {
  const context: CallContext = { call, compile, environment };
  if (call.over !== undefined) return compileWindow(context);
  const aggregate = AGGREGATES[call.name];
  if (aggregate !== undefined) {
    const args = call.args.map(compile);
    if (args.some(({ aggregates }) => aggregates)) {
      throw new QueryError('Aggregations of aggregations are not allowed', call.at);
    }
    const { type, sql } = aggregate(context, args);
    return { sql: sql(''), type, aggregates: true };
  }
  refuseAggregateClauses(call);
  return call.safe ? safely(context) : compileScalar(context);
}

function refuseAggregateClauses({
  name,
  distinct,
  star,
  orderBy,
  limit,
  nulls,
  at,
}: FunctionCall): void {
  if (distinct || star || orderBy.length > 0 || limit !== undefined || nulls !== undefined) {
    throw new QueryError(`Function not found, or not an aggregate function: ${name}`, at);
  }
}

function compileScalar(context: CallContext): Typed {
  const { call, compile } = context;
  const special = SPECIALS[call.name];
  if (special !== undefined) return special(context);
  const signatures = SIGNATURES[call.name];
  if (signatures !== undefined) {
    return applySignature(call.name, signatures, call.args.map(compile), call.at);
  }
  throw new QueryError(
    `Function not found, or not served by firesink's local BigQuery stand-in: ${call.name}`,
    call.at,
  );
}

/** `SAFE.f(x)`: NULL where f would fail. DuckDB's TRY does not catch what we raise ourselves. */
function safely(context: CallContext): Typed {
  const value = compileScalar(context);
  if (value.sql.includes('error(')) throw unserved(`SAFE.${context.call.name}`, context.call.at);
  return { ...value, sql: `TRY(${value.sql})` };
}
