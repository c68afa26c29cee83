// What a person sees. Progress goes to stderr; stdout is for the result alone, so that it can be piped.

export interface Output {
  /** A line that stays. */
  progress(line: string): void;
  /** A line that the next one replaces; only where somebody is watching. */
  live(line: string): void;
  /** Text for people: with `--json` beside the document, not in it. */
  result(format: (stream: NodeJS.WriteStream) => string): void;
  document(value: unknown): void;
}

interface OutputOptions {
  json: boolean;
  stdout?: NodeJS.WriteStream;
  stderr?: NodeJS.WriteStream;
}

/** To the start of the line, and nothing right of it. */
const CLEAR_LINE = '\r\x1b[K';

export function createOutput({
  json,
  stdout = process.stdout,
  stderr = process.stderr,
}: OutputOptions): Output {
  let isLive = false;
  const clear = () => {
    if (isLive) stderr.write(CLEAR_LINE);
    isLive = false;
  };
  return {
    progress(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    live(line) {
      if (!stderr.isTTY) return;
      clear();
      stderr.write(line.slice(0, stderr.columns - 1));
      isLive = true;
    },
    result(format) {
      clear();
      const stream = json ? stderr : stdout;
      stream.write(`\n${format(stream)}`);
    },
    document(value) {
      clear();
      if (json) stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}
