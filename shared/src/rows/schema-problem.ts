import type { Path } from '../config/document.ts';

export interface SchemaProblem {
  /** Into the file: indexes and keys. */
  path: Path;
  what: string;
  hint?: string;
}

export type Report = (path: Path, what: string, hint?: string) => void;
