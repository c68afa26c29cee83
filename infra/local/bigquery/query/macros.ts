// SQL that several functions share, as macros in DuckDB: made when the database is opened.

/** GoogleSQL's white space, which TRIM takes away: Unicode's White_Space. */
export const WHITE_SPACE =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

/** ``: no fraction; else three or six digits, as casts to STRING write them. */
const FRACTION = (micros: string): string =>
  `CASE WHEN ${micros} % 1000000 = 0 THEN '' WHEN ${micros} % 1000 = 0 THEN '.' || lpad((${micros} % 1000000 // 1000)::VARCHAR, 3, '0') ELSE '.' || lpad((${micros} % 1000000)::VARCHAR, 6, '0') END`;

/** Of the second, never negative. */
const MICROS = '((epoch_us(x) % 1000000) + 1000000) % 1000000';

export const MACROS: readonly string[] = [
  // Shortest of 15 and 17 digits that reads back.
  `float_text(x) AS CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END WHEN printf('%.15g', x)::DOUBLE = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END`,
  // A double inside of JSON keeps showing that it is one.
  `json_double_text(x) AS CASE WHEN contains(firesink.float_text(x), '.') OR contains(firesink.float_text(x), 'e') THEN firesink.float_text(x) ELSE firesink.float_text(x) || '.0' END`,
  `numeric_text(x) AS rtrim(rtrim(x::VARCHAR, '0'), '.')`,
  `bignumeric_digits(x) AS CASE WHEN x[1] = '0' THEN translate(x[2:], '0123456789', '9876543210') ELSE x[2:] END`,
  `bignumeric_text(x) AS CASE WHEN x IS NULL THEN NULL ELSE CASE WHEN x[1] = '0' THEN '-' ELSE '' END || CASE WHEN ltrim(left(firesink.bignumeric_digits(x), 39), '0') = '' THEN '0' ELSE ltrim(left(firesink.bignumeric_digits(x), 39), '0') END || rtrim(rtrim('.' || right(firesink.bignumeric_digits(x), 38), '0'), '.') END`,
  `datetime_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S') || ${FRACTION(MICROS)}`,
  `time_text(x) AS left(x::VARCHAR, 8) || ${FRACTION(MICROS)}`,
  `timestamp_text(x) AS firesink.datetime_text(x AT TIME ZONE 'UTC') || '+00'`,
  `substr_from(s, p) AS CASE WHEN p = 0 THEN s WHEN p < -length(s) THEN s ELSE substring(s, p) END`,
  `substr_part(s, p, n) AS CASE WHEN n < 0 THEN error('Third argument in SUBSTR() cannot be negative') ELSE substring(s, CASE WHEN p = 0 OR p < -length(s) THEN 1 ELSE p END, n) END`,
  // JSON's scalars as text; NULL for objects, arrays and null.
  `json_scalar(j, p) AS CASE json_type(j, p) WHEN 'OBJECT' THEN NULL WHEN 'ARRAY' THEN NULL WHEN 'NULL' THEN NULL WHEN 'DOUBLE' THEN firesink.json_double_text(json_extract_string(j, p)::DOUBLE) ELSE json_extract_string(j, p) END`,
  // Half away from zero, on unscaled integers.
  `divide_rounded(a, b) AS a // b + CASE WHEN 2 * abs(a % b) >= abs(b) THEN sign(a) * sign(b) ELSE 0 END`,
  `numeric_divide(a, b) AS (firesink.divide_rounded((a * 1000000000)::HUGEINT * 1000000000::HUGEINT, (b * 1000000000)::HUGEINT))::DECIMAL(38,0) * 0.000000001::DECIMAL(9,9)`,
  // True, false, or NULL as SQL's three-valued logic wants it.
  `in_array(x, l) AS CASE WHEN l IS NULL OR len(l) = 0 THEN false WHEN x IS NULL THEN NULL WHEN list_contains(l, x) THEN true WHEN list_count(l) < len(l) THEN NULL ELSE false END`,
];
