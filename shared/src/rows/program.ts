// What is worked out once per collection, and then used for each of its documents.
import type { FieldPath } from '../config/field-path.ts';
import { COERCERS, type CoercerTable } from './coerce/table.ts';
import type { Column } from './column.ts';
import { compileRedaction, type Redaction } from './redact.ts';

export interface RowOptions {
  /** The user's columns, without the system columns. */
  columns: readonly Column[];
  /** Column → the field it takes; by default the field of the same name, case included. */
  columnPaths?: ReadonlyMap<string, FieldPath>;
  /** Fields that appear nowhere in the row; within arrays of maps too. */
  redact?: readonly FieldPath[];
  /** `rest`: `_data` holds only what no column holds. */
  data?: 'full' | 'rest';
  /** `json`: documents come from JSON text, so that BYTES are base64 there, and so on. */
  input?: 'firestore' | 'json';
}

export interface ProgramColumn {
  column: Column;
  path: FieldPath;
  /** `,"calls":` */
  key: string;
}

/** Which columns take the field of a name, and which take fields within it. */
export interface FieldNode {
  /** Indexes into the program's columns. */
  columns: readonly number[];
  children: ReadonlyMap<string, FieldNode>;
}

export interface RowProgram {
  columns: readonly ProgramColumn[];
  fields: FieldNode;
  redaction: Redaction | undefined;
  data: 'full' | 'rest';
  coercers: CoercerTable;
}

export function compileRow(options: RowOptions): RowProgram {
  const columns = options.columns.map((column) => ({
    column,
    path: options.columnPaths?.get(column.name) ?? [column.name],
    key: `,${JSON.stringify(column.name)}:`,
  }));
  return {
    columns,
    fields: fieldNode(columns.map(({ path }, column) => ({ path, column }))),
    redaction: compileRedaction(options.redact ?? []),
    data: options.data ?? 'full',
    coercers: COERCERS[options.input ?? 'firestore'],
  };
}

function fieldNode(targets: readonly { path: FieldPath; column: number }[]): FieldNode {
  const within = Map.groupBy(
    targets.filter(({ path }) => path.length > 0),
    ({ path: [name = ''] }) => name,
  );
  const children = new Map<string, FieldNode>();
  for (const [name, inner] of within) {
    children.set(
      name,
      fieldNode(inner.map(({ path, column }) => ({ path: path.slice(1), column }))),
    );
  }
  return {
    columns: targets.filter(({ path }) => path.length === 0).map(({ column }) => column),
    children,
  };
}
