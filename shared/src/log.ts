// One JSON object a line, in the shape Cloud Logging reads (`severity`, `message`, further fields). Counts
// and names only, never the contents of documents.

export type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(message: string, fields?: Fields): void;
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
  /** A log that carries these fields on every line: run, source, collection… */
  with(fields: Fields): Log;
}

/** @param write  receives whole lines, newline included */
export function createLog(write: (line: string) => void, context: Fields = {}): Log {
  const log = (severity: Severity) => (message: string, fields?: Fields) =>
    write(`${JSON.stringify({ severity, message, ...context, ...fields }, readable)}\n`);
  return {
    debug: log('DEBUG'),
    info: log('INFO'),
    warn: log('WARNING'),
    error: log('ERROR'),
    with: (fields) => createLog(write, { ...context, ...fields }),
  };
}

const readable = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? value.toString() : value instanceof Error ? value.message : value;
