// Writes: what one asks for, and what becomes of its document.
import { decodeDocument, documentTimes, encodeDocument, sameFields } from './documents.ts';
import { documentExists, invalidArgument, noDocumentToUpdate, versionMismatch } from './errors.ts';
import {
  deleteField,
  type FieldPath,
  getField,
  isDocumentName,
  parseFieldPath,
  pathText,
  setField,
} from './field-paths.ts';
import type { Change } from './journal.ts';
import { type ParsedName, parseDocumentName } from './names.ts';
import type { DocumentMask, Precondition, Write } from './requests.ts';
import type { FirestoreStore } from './store.ts';
import { parseProtoTimestamp } from './timestamps.ts';
import { applyTransforms, type ParsedTransform, parseTransforms } from './transforms.ts';
import { checkFields } from './validation.ts';
import { encodeValue, type Fields, type Value } from './values.ts';

export interface ParsedWrite {
  name: string;
  parsedName: ParsedName;
  /** Undefined for a deletion. */
  fields: Fields | undefined;
  /** Only these paths are written, and those without a value deleted; undefined: the whole document. */
  mask: FieldPath[] | undefined;
  transforms: ParsedTransform[];
  precondition: Precondition | null;
}

export interface WriteResult {
  /** Of the document afterwards; undefined once it is deleted. */
  updateMicros: number | undefined;
  transformResults: Value[];
}

/** @throws INVALID_ARGUMENT for what can succeed in no state of the database. */
export function parseWrite(write: Write, database: string): ParsedWrite {
  const parsed = parseOperation(write);
  if (parsed.parsedName.database !== database) {
    throw invalidArgument(`Document "${parsed.name}" is not in database "${database}".`);
  }
  return parsed;
}

function parseOperation(write: Write): ParsedWrite {
  const precondition = write.currentDocument;
  switch (write.operation) {
    case 'update': {
      const { name, fields } = decodeDocument(write.update ?? Buffer.alloc(0));
      const parsedName = parseDocumentName(name);
      checkFields(fields, parsedName.segments);
      const mask = parseMask(write.updateMask);
      const transforms = parseTransforms(write.updateTransforms);
      return { name, parsedName, fields, mask, transforms, precondition };
    }
    case 'transform': {
      const { document: name = '', fieldTransforms = [] } = write.transform ?? {};
      if (fieldTransforms.length === 0) {
        throw invalidArgument('The list of FieldTransform must not be empty.');
      }
      const parsedName = parseDocumentName(name);
      const transforms = parseTransforms(fieldTransforms);
      return { name, parsedName, fields: new Map(), mask: [], transforms, precondition };
    }
    case 'delete': {
      if (write.updateMask) throw invalidArgument('a delete must not specify a document mask.');
      const name = write.delete ?? '';
      const parsedName = parseDocumentName(name);
      return { name, parsedName, fields: undefined, mask: undefined, transforms: [], precondition };
    }
    default:
      throw invalidArgument('empty write operation');
  }
}

/** The paths in order, the document's own name left out. */
export const parseMask = (mask: DocumentMask | null): FieldPath[] | undefined =>
  mask?.fieldPaths
    .map(parseFieldPath)
    .filter((path) => !isDocumentName(path))
    .sort((a, b) => (pathText(a) < pathText(b) ? -1 : 1));

const sameValue = (a: Value, b: Value): boolean => encodeValue(a).equals(encodeValue(b));

/** Writes that see each other, on their way to one commit. */
export class Batch {
  readonly #store: FirestoreStore;
  readonly #micros: number;
  readonly #changes = new Map<string, Change>();

  constructor(store: FirestoreStore, micros: number) {
    this.#store = store;
    this.#micros = micros;
  }

  /** One per document that is another afterwards. */
  get changes(): Change[] {
    return [...this.#changes.values()].filter(
      ({ name, document }) => document ?? this.#store.latest(parseDocumentName(name))?.document,
    );
  }

  /** @throws the error of a precondition that does not hold; then nothing is changed. */
  apply(write: ParsedWrite): WriteResult {
    const current = this.#current(write);
    checkPrecondition(write, current);
    if (!write.fields) {
      this.#change(write.name, undefined);
      return { updateMicros: undefined, transformResults: [] };
    }
    const fields = this.#merge(write, write.fields, current);
    const transformResults = applyTransforms(fields, write.transforms, this.#micros);
    if (write.mask || write.transforms.length > 0) checkFields(fields, write.parsedName.segments);

    const createMicros = current ? documentTimes(current).createMicros : this.#micros;
    const document = encodeDocument(write.name, fields, {
      createMicros,
      updateMicros: this.#micros,
    });
    // A write that changes nothing leaves the update time as it was.
    if (current && sameFields(current, document)) {
      return { updateMicros: documentTimes(current).updateMicros, transformResults };
    }
    this.#change(write.name, document);
    return { updateMicros: this.#micros, transformResults };
  }

  #merge({ mask }: ParsedWrite, fields: Fields, current: Buffer | undefined): Fields {
    if (!mask) return fields;
    const merged: Fields = current ? decodeDocument(current).fields : new Map();
    for (const path of mask) {
      const value = getField(fields, path);
      const before = getField(merged, path);
      if (value && !(before && sameValue(value, before))) setField(merged, path, value);
      else if (!value && before) deleteField(merged, path);
    }
    return merged;
  }

  #current({ name, parsedName }: ParsedWrite): Buffer | undefined {
    const change = this.#changes.get(name);
    return change ? change.document : this.#store.latest(parsedName)?.document;
  }

  #change(name: string, document: Buffer | undefined): void {
    this.#changes.set(name, { name, micros: this.#micros, document });
  }
}

function checkPrecondition({ name, precondition }: ParsedWrite, current: Buffer | undefined): void {
  switch (precondition?.conditionType) {
    case 'exists':
      if (precondition.exists && !current) throw noDocumentToUpdate(name);
      if (!precondition.exists && current) throw documentExists(name);
      return;
    case 'updateTime': {
      const required = precondition.updateTime ? parseProtoTimestamp(precondition.updateTime) : 0;
      const stored = current ? documentTimes(current).updateMicros : 0;
      if (stored !== required) throw versionMismatch(stored, required);
    }
  }
}
