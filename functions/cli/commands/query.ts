import { toFiresinkError } from '@firesink/shared/google-errors.ts';
import type { Command } from 'commander';
import { openContext } from '../context.ts';
import { formatCell, formatJson } from '../output/json.ts';
import { formatTable } from '../output/table.ts';

const HELP = `
Examples:
  $ firesink query 'SELECT _source, COUNT(*) AS n FROM firestore_apis GROUP BY _source'
  $ firesink query 'SELECT _document_path, e.field, e.reason FROM firestore_apis, UNNEST(_row_errors) AS e'
  $ firesink --json query 'SELECT MAX(calls) AS calls FROM firestore_apis'

Tables without a dataset are those of the environment. 64-bit integers are printed exactly.`;

export function addQueryCommand(program: Command): void {
  program
    .command('query')
    .description('run a query in GoogleSQL over the tables')
    .argument('<sql>')
    .addHelpText('after', HELP)
    .action(async (query: string, _, command) => {
      const { services, json } = await openContext(command);
      const { project: projectId, dataset: datasetId } = services.environment.warehouse;
      const bigquery = await services.bigquery();
      const [rows] = await bigquery
        .query(
          { query, defaultDataset: { projectId, datasetId }, wrapIntegers: true },
          { autoPaginate: true },
        )
        .catch((error) => {
          throw toFiresinkError(error);
        });
      process.stdout.write(json ? `${formatJson(rows)}\n` : formatRows(rows));
    });
}

function formatRows(rows: readonly Record<string, unknown>[]): string {
  const [first] = rows;
  if (!first) return 'no rows\n';
  const columns = Object.keys(first).map((title) => ({
    title,
    cell: (row: Record<string, unknown>) => formatCell(row[title]),
  }));
  return formatTable(columns, rows);
}
