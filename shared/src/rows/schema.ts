// BigQuery's JSON schema files, as `bq --schema` and Terraform's google_bigquery_table take them, read into
// columns.
import { parseConfigDocument } from '../config/document.ts';
import { FiresinkError } from '../errors.ts';
import type { Column } from './column.ts';
import { readColumns } from './schema-fields.ts';
import type { SchemaProblem } from './schema-problem.ts';

export { SYSTEM_COLUMNS } from './system-columns.ts';
export { type ApiField, schemaDigest, tableSchema } from './table-schema.ts';

/**
 * @param text  a JSON array of fields: `[{"name": "calls", "type": "INT64"}]`
 * @param fileName  as the user named it, for error texts
 * @throws FiresinkError refused, `bad-schema`, with every problem and its line
 */
export function parseSchema(text: string, fileName: string): Column[] {
  const syntax = syntaxProblem(text);
  if (syntax !== undefined) throw badSchema(fileName, [syntax]);
  const document = parseConfigDocument(text, fileName);
  // A key that comes twice: JSON takes the last one, BigQuery's tools may not.
  if (document.syntaxErrors.length > 0) throw badSchema(fileName, document.syntaxErrors);
  const { columns, problems } = readColumns(document.value);
  if (problems.length > 0) {
    const placed = problems.map(({ path, ...problem }) => ({
      line: document.lineOf(path),
      ...problem,
    }));
    throw badSchema(fileName, placed);
  }
  return columns;
}

type PlacedProblem = Omit<SchemaProblem, 'path'> & { line: number };

// YAML, which gives the lines, takes more than bq does: comments, bare words, commas at the end.
function syntaxProblem(text: string): PlacedProblem | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const offset = Number(/at position (\d+)/.exec(what)?.[1] ?? text.length);
    return {
      line: text.slice(0, offset).split('\n').length,
      what: `not JSON: ${what.replace(/(?: in JSON)? at position.*$/s, '')}`,
    };
  }
}

function badSchema(fileName: string, problems: readonly PlacedProblem[]): FiresinkError {
  const lines = problems
    .toSorted((a, b) => a.line - b.line)
    .map(
      ({ line, what, hint }) =>
        `${fileName}:${line}: ${what}${hint === undefined ? '' : `. ${hint}`}`,
    );
  const [only = ''] = lines;
  const what =
    lines.length === 1 ? only : `${fileName}: ${lines.length} problems\n  ${lines.join('\n  ')}`;
  return new FiresinkError({ outcome: 'refused', code: 'bad-schema', what });
}
