// A row program as the transcoder uses it: worked out once per collection.
import type { Column } from '../../../rows/column.ts';
import type { RowProgram } from '../../../rows/program.ts';
import type { Redaction } from '../../../rows/redact.ts';
import { Constant } from './bytes.ts';
import { criteriaOf, elementCriteriaOf, NEVER } from './criteria.ts';
import { Name, NameTable } from './name.ts';
import { type Criteria, PLAIN, Place, Shape, type Target } from './shape.ts';

export interface ColumnPlan {
  column: Column;
  name: Name;
  /** `,"calls":` */
  key: Constant;
  /** What is redacted within its value. */
  redaction: Redaction | undefined;
  /** For a value that is written again. */
  shape: Shape;
  /** Of a RECORD, those that are redacted left out. */
  fields: NameTable<ColumnPlan>;
}

export interface RootColumn extends ColumnPlan {
  path: readonly string[];
  place: Place;
}

export interface Plan {
  columns: readonly RootColumn[];
  shape: Shape;
  /** Whether every document goes the careful way: two columns share a field, and `_data` holds the rest. */
  careful: boolean;
  /** How many columns may take the same bytes of a document. */
  copies: number;
  /** Bytes of all names of columns. */
  keyBytes: number;
}

export function planRow({ columns, redaction, data }: RowProgram): Plan {
  const root = new Draft(redaction);
  const planned = columns.map(({ column, path }): RootColumn => {
    const draft = path.reduce<Draft>((at, name) => at.field(name), root);
    const place = new Place(criteriaOf(column));
    draft.places.push(place);
    draft.takeRecord(column);
    return { ...planColumn(column, redactionAt(redaction, path)), path, place };
  });
  return {
    columns: planned,
    shape: shapeOf(root, data === 'rest'),
    careful: data === 'rest' && sharesFields(root),
    copies: copiesOf(root),
    keyBytes: planned.reduce((sum, { key }) => sum + key.length + 16, 0),
  };
}

function planColumn(column: Column, redaction: Redaction | undefined): ColumnPlan {
  const fields = new NameTable<ColumnPlan>();
  for (const field of column.fields ?? []) {
    const inner = redaction?.get(field.name);
    if (inner !== true) fields.add(planColumn(field, inner));
  }
  return {
    column,
    name: new Name(Buffer.from(column.name)),
    key: new Constant(`,${JSON.stringify(column.name)}:`),
    redaction,
    shape: redactionShape(redaction),
    fields,
  };
}

function redactionAt(
  redaction: Redaction | undefined,
  path: readonly string[],
): Redaction | undefined {
  let inner: Redaction | true | undefined = redaction;
  for (const name of path) {
    if (inner === undefined || inner === true) return undefined;
    inner = inner.get(name);
  }
  return inner === true ? undefined : inner;
}

/** A field while columns are still being added. */
class Draft {
  /** Of its map. */
  readonly fields = new Map<string, Draft>();
  readonly places: Place[] = [];
  readonly redaction: Redaction | undefined;
  /** RECORD and REPEATED columns that take it. */
  readonly #containers: Column[] = [];
  inRecord: Criteria | null = null;
  readonly redacted: boolean;

  constructor(redaction: Redaction | true | undefined) {
    this.redacted = redaction === true;
    this.redaction = redaction === true ? undefined : redaction;
    for (const name of this.redaction?.keys() ?? []) this.field(name);
  }

  field(name: string): Draft {
    const field = this.fields.get(name) ?? new Draft(this.redaction?.get(name));
    this.fields.set(name, field);
    return field;
  }

  takeRecord(column: Column): void {
    if (column.type !== 'RECORD' && column.mode === 'NULLABLE') return;
    this.#containers.push(column);
    if (column.mode === 'REPEATED') return;
    for (const child of column.fields ?? []) {
      const field = this.field(child.name);
      field.inRecord = this.isShared ? NEVER : criteriaOf(child);
      field.takeRecord(child);
    }
  }

  /** Two that disagree about what is within: then neither is copied. */
  get isShared(): boolean {
    return this.#containers.length > 1;
  }

  get isRecord(): boolean {
    return this.#containers.some(({ mode }) => mode === 'NULLABLE');
  }

  get repeated(): Column | undefined {
    const [column] = this.#containers;
    return column?.mode === 'REPEATED' && !this.isShared ? column : undefined;
  }
}

function shapeOf(draft: Draft, rest: boolean): Shape {
  const { redaction, repeated } = draft;
  const targets = new Map<string, Target>();
  for (const [name, field] of draft.fields) {
    targets.set(name, {
      redacted: field.redacted,
      held: rest && isHeld(field),
      heldByFields: rest && field.isRecord,
      places: field.places,
      inRecord: draft.isShared ? null : field.inRecord,
      within: shapeOf(field, rest),
    });
  }
  const elements = elementsShape(repeated, redaction);
  return new Shape(targets, elements, repeated === undefined ? null : elementCriteriaOf(repeated));
}

const isHeld = ({ places, inRecord }: Draft): boolean => places.length > 0 || inRecord !== null;

/** Of the maps in an array. */
function elementsShape(column: Column | undefined, redaction: Redaction | undefined): Shape {
  if (column?.type !== 'RECORD') return redactionShape(redaction);
  const element = new Draft(redaction);
  element.takeRecord({ ...column, mode: 'NULLABLE' });
  return shapeOf(element, false);
}

function redactionShape(redaction: Redaction | undefined): Shape {
  if (redaction === undefined) return PLAIN;
  const targets = new Map<string, Target>();
  for (const [name, inner] of redaction) {
    targets.set(name, {
      redacted: inner === true,
      held: false,
      heldByFields: false,
      places: [],
      inRecord: null,
      within: redactionShape(inner === true ? undefined : inner),
    });
  }
  return new Shape(targets, 'itself');
}

/** Whether a field has two columns, or one beside columns for what is within it. */
function sharesFields(draft: Draft): boolean {
  const fields = [...draft.fields.values()];
  const count = draft.places.length + (draft.inRecord === null ? 0 : 1);
  const inner = fields.some((field) => copiesOf(field) > 0);
  return count > 1 || (count === 1 && !draft.isRecord && inner) || fields.some(sharesFields);
}

const copiesOf = (draft: Draft): number =>
  draft.places.length +
  (draft.inRecord === null ? 0 : 1) +
  Math.max(0, ...[...draft.fields.values()].map(copiesOf));
