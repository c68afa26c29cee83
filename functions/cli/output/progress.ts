// One line that is drawn over and over on a terminal; nothing anywhere else.

export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  clear(): void;
}

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { update: () => {}, clear: () => {} };
  return {
    update: (text) => stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 80) - 1)}`),
    clear: () => stream.write('\r\x1b[2K'),
  };
}
