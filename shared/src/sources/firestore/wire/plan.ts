// A row program as the transcoder uses it: worked out once per collection.
import type { Column } from '../../../rows/column.ts';
import type { ProgramColumn, RowProgram } from '../../../rows/program.ts';
import type { Redaction } from '../../../rows/redact.ts';
import { Constant } from './bytes.ts';
import { FieldTable, type Target } from './field-table.ts';
import { Slots } from './slots.ts';

export interface ColumnPlan {
  column: Column;
  /** `,"calls":` */
  key: Constant;
  /** From the document, or from the element of an array, to the field. */
  path: readonly string[];
  slot: number;
  /** What is redacted within the field. */
  redaction: Redaction | undefined;
  redactionTable: FieldTable | null;
  /** Of a RECORD that is not REPEATED. */
  fields: readonly ColumnPlan[];
  /** Of a REPEATED RECORD. */
  element: Scope | null;
}

/** The document, or an element of a REPEATED RECORD: columns and where their values lie. */
export interface Scope {
  /** Null where no field matters for more than `_data`. */
  table: FieldTable | null;
  slots: Slots;
  columns: readonly ColumnPlan[];
}

export interface Plan extends Scope {
  /** Whether every document goes the careful way: two columns share a field, and `_data` holds the rest. */
  careful: boolean;
  /** How many columns may take the same bytes of a document. */
  copies: number;
  /** Bytes of all names of columns. */
  keyBytes: number;
}

/** A target while fields are still being added. */
class Draft {
  readonly children = new Map<string, Draft>();
  readonly slots: number[] = [];
  redacted = false;
  redaction: Redaction | undefined;
  record = false;

  child(name: string): Draft {
    const child = this.children.get(name) ?? new Draft();
    this.children.set(name, child);
    return child;
  }
}

export function planRow(program: RowProgram): Plan {
  const root = new Draft();
  const scope = planScope(root, program.columns);
  if (program.redaction !== undefined) addRedaction(root, program.redaction);
  const rest = program.data === 'rest';
  const columns = scope.columns.map((plan) => withRedaction(plan, program.redaction));
  return {
    slots: scope.slots,
    columns,
    table: tableOf(root, rest),
    careful: rest && sharesFields(root),
    copies: copiesOf(root),
    keyBytes: columns.reduce((sum, plan) => sum + keyBytesOf(plan), 0),
  };
}

type Columns = readonly Pick<ProgramColumn, 'column' | 'path'>[];

function planScope(root: Draft, columns: Columns): { slots: Slots; columns: ColumnPlan[] } {
  let count = 0;
  const plan = (column: Column, at: Draft, path: readonly string[]): ColumnPlan => {
    const slot = count++;
    at.slots.push(slot);
    const { type, mode, fields = [] } = column;
    const isRecord = type === 'RECORD' && mode === 'NULLABLE';
    if (isRecord) at.record = true;
    return {
      column,
      key: new Constant(`,${JSON.stringify(column.name)}:`),
      path,
      slot,
      redaction: undefined,
      redactionTable: null,
      fields: isRecord
        ? fields.map((field) => plan(field, at.child(field.name), [...path, field.name]))
        : [],
      element: type === 'RECORD' && mode === 'REPEATED' ? elementScope(fields) : null,
    };
  };
  const planned = columns.map(({ column, path }) => {
    const draft = path.reduce((at, name) => at.child(name), root);
    return plan(column, draft, path);
  });
  return { slots: new Slots(count), columns: planned };
}

function elementScope(fields: readonly Column[]): Scope {
  const root = new Draft();
  const scope = planScope(
    root,
    fields.map((column) => ({ column, path: [column.name] })),
  );
  return { ...scope, table: tableOf(root, false) };
}

function addRedaction(at: Draft, redaction: Redaction): void {
  at.redaction = redaction;
  for (const [name, inner] of redaction) {
    if (inner === true) at.child(name).redacted = true;
    else addRedaction(at.child(name), inner);
  }
}

function withRedaction(plan: ColumnPlan, redaction: Redaction | undefined): ColumnPlan {
  if (redaction === undefined) return plan;
  let inner: Redaction | true | undefined = redaction;
  for (const name of plan.path) inner = inner === true ? true : inner?.get(name);
  return {
    ...plan,
    redaction: inner === true ? undefined : inner,
    redactionTable: inner === true || inner === undefined ? null : redactionTable(inner),
    fields: plan.fields.map((field) => withRedaction(field, redaction)),
    // What reads elements fast knows of no redaction.
    element: inner === undefined ? plan.element : null,
  };
}

function tableOf(draft: Draft, rest: boolean): FieldTable | null {
  if (draft.children.size === 0) return null;
  const targets = new Map<string, Target>();
  for (const [name, child] of draft.children) {
    targets.set(name, {
      redacted: child.redacted,
      slots: child.slots,
      held: rest && child.slots.length > 0,
      heldByFields: rest && child.record,
      within: tableOf(child, rest),
    });
  }
  return new FieldTable(targets, draft.redaction ? redactionTable(draft.redaction) : null);
}

/** The same within maps and within arrays. */
function redactionTable(redaction: Redaction): FieldTable {
  const targets = new Map<string, Target>();
  for (const [name, inner] of redaction) {
    const within = inner === true ? null : redactionTable(inner);
    targets.set(name, {
      redacted: inner === true,
      slots: [],
      held: false,
      heldByFields: false,
      within,
    });
  }
  return new FieldTable(targets, 'same');
}

/** Whether a field has two columns, or one beside columns for what is within it. */
function sharesFields(draft: Draft): boolean {
  const children = [...draft.children.values()];
  const inner = children.some((child) => copiesOf(child) > 0);
  return (
    draft.slots.length > 1 ||
    (draft.slots.length === 1 && !draft.record && inner) ||
    children.some(sharesFields)
  );
}

const copiesOf = (draft: Draft): number =>
  draft.slots.length + Math.max(0, ...[...draft.children.values()].map(copiesOf));

const keyBytesOf = (plan: ColumnPlan): number =>
  plan.key.length + 16 + plan.fields.reduce((sum, field) => sum + keyBytesOf(field), 0);
