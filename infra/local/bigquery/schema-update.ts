// Which changes of a table's schema are allowed: columns may be added at the end, required ones relaxed,
// descriptions rewritten; nothing else (docs, "Modifying table schemas").
import { type ApiError, invalid } from './errors.ts';
import { type Field, findField } from './schema.ts';

interface SchemaUpdate {
  allowAddition: boolean;
  allowRelaxation: boolean;
  /** `p:d.t`, for the message. */
  table: string;
}

/**
 * @param given  of a load job or a patched table
 * @returns the table's schema afterwards: its own order, then what is new
 * @throws {ApiError} naming the first difference that is not allowed
 */
export function updateSchema(
  existing: readonly Field[],
  given: readonly Field[],
  update: SchemaUpdate,
): Field[] {
  return mergeFields(existing, given, update, '');
}

function mergeFields(
  existing: readonly Field[],
  given: readonly Field[],
  update: SchemaUpdate,
  parent: string,
): Field[] {
  const kept = existing.map((field) => {
    const other = findField(given, field.name);
    if (other === undefined) {
      throw mismatch(update, `Field ${parent}${field.name} is missing in new schema`);
    }
    return mergeField(field, other, update, `${parent}${field.name}`);
  });
  const added = given.filter((field) => findField(existing, field.name) === undefined);
  for (const field of added) checkAddition(field, update, `${parent}${field.name}`);
  return [...kept, ...added];
}

function checkAddition(field: Field, update: SchemaUpdate, path: string): void {
  if (!update.allowAddition) throw mismatch(update, `Cannot add fields (field: ${path})`);
  if (field.mode === 'REQUIRED') {
    throw mismatch(update, `Cannot add required fields to an existing schema. (field: ${path})`);
  }
}

function mergeField(field: Field, other: Field, update: SchemaUpdate, path: string): Field {
  if (other.type !== field.type) {
    throw mismatch(update, `Field ${path} has changed type from ${field.type} to ${other.type}`);
  }
  const relaxed = field.mode === 'REQUIRED' && other.mode === 'NULLABLE';
  if (other.mode !== field.mode && !(relaxed && update.allowRelaxation)) {
    throw mismatch(update, `Field ${path} has changed mode from ${field.mode} to ${other.mode}`);
  }
  checkParameters(field, other, update, path);
  const description = other.description ?? field.description;
  return {
    ...field,
    mode: other.mode,
    ...(description === undefined ? {} : { description }),
    ...(field.fields === undefined
      ? {}
      : { fields: mergeFields(field.fields, other.fields ?? [], update, `${path}.`) }),
  };
}

/** A schema without parameters leaves those of the table; other ones are a change of type. */
function checkParameters(field: Field, other: Field, update: SchemaUpdate, path: string): void {
  for (const name of ['maxLength', 'precision', 'scale'] as const) {
    if (other[name] !== undefined && other[name] !== field[name]) {
      throw mismatch(
        update,
        `Field ${path} has changed ${name} from ${field[name] ?? 'none'} to ${other[name]}`,
      );
    }
  }
}

const mismatch = (update: SchemaUpdate, difference: string): ApiError =>
  invalid(`Provided Schema does not match Table ${update.table}. ${difference}`);
