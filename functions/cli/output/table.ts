// Tables for people: columns padded to their longest cell, numbers to the right.
import { styleText } from 'node:util';

export interface TableColumn<Row> {
  title: string;
  align?: 'left' | 'right';
  cell(row: Row): string;
  /** A style for the whole cell, of `node:util` styleText. */
  style?(row: Row): Parameters<typeof styleText>[0] | undefined;
}

/** Lines end with a newline. Colours only where the stream is a terminal and NO_COLOR is not set. */
export function formatTable<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  stream: NodeJS.WriteStream = process.stdout,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => printable(cell(row))));
  const widths = columns.map(({ title }, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (text: string, column: number) =>
    columns[column]?.align === 'right'
      ? text.padStart(widths[column] ?? 0)
      : text.padEnd(widths[column] ?? 0);
  const head = columns.map(({ title }, column) => pad(title.toUpperCase(), column)).join('  ');
  const body = rows.map((row, index) =>
    columns
      .map(({ style }, column) => {
        const text = pad(cells[index]?.[column] ?? '', column);
        const chosen = style?.(row);
        return chosen ? styleText(chosen, text, { stream }) : text;
      })
      .join('  ')
      .trimEnd(),
  );
  return [head.trimEnd(), ...body].map((line) => `${line}\n`).join('');
}

/** Names and values come from documents: a terminal must not obey them. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\u{FFFD}');
