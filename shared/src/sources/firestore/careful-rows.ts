// Messages of a RunQuery stream into rows, by way of values.
import { encodeRow, type RowProgram, type SnapshotHead } from '../../rows/encode.ts';
import { decodeDocument, type WireDocument } from './wire/decode.ts';
import { MessageReader } from './wire/reader.ts';

export interface RowEncoder {
  transcode(message: Buffer, start: number, end: number): void;
  readonly pendingBytes: number;
  take(): Buffer;
  readonly rows: number;
  readonly rowErrors: number;
  readonly redacted: number;
}

export function createTranscoder(program: RowProgram, head: SnapshotHead): RowEncoder {
  let lines: string[] = [];
  let pendingBytes = 0;
  let rows = 0;
  let rowErrors = 0;
  let redacted = 0;
  return {
    transcode(message, start, end) {
      const document = documentIn(new MessageReader(message, start, end));
      if (!document) return;
      const { name, fields, createTime, updateTime } = document;
      const documentPath = name.split('/').slice(5).join('/');
      const documentId = documentPath.slice(documentPath.lastIndexOf('/') + 1);
      const row = encodeRow(
        program,
        { ...head, documentId, documentPath, createTime, updateTime },
        fields,
      );
      lines.push(row.line, '\n');
      pendingBytes += row.line.length + 1;
      rows++;
      if (row.rowErrors > 0) rowErrors++;
      redacted += row.redacted;
    },
    take() {
      const bytes = Buffer.from(lines.join(''));
      lines = [];
      pendingBytes = 0;
      return bytes;
    },
    get pendingBytes() {
      return pendingBytes;
    },
    get rows() {
      return rows;
    },
    get rowErrors() {
      return rowErrors;
    },
    get redacted() {
      return redacted;
    },
  };
}

/** RunQueryResponse.document. */
function documentIn(reader: MessageReader): WireDocument | undefined {
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) return decodeDocument(reader.message());
    reader.skip();
  }
  return undefined;
}
