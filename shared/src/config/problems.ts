// Everything that is wrong with a configuration, gathered and told at once.
import { FiresinkError } from '../errors.ts';
import type { ConfigDocument, Path } from './document.ts';
import type { Issue } from './issues.ts';

export interface ConfigProblem {
  /** `firesink.yaml:14` */
  where: string;
  what: string;
  hint?: string;
}

/** Refused, `bad-config`; each problem in a line of its own, as the file has them from top to bottom. */
export class ConfigError extends FiresinkError {
  readonly problems: readonly ConfigProblem[];

  constructor(location: string, problems: readonly ConfigProblem[]) {
    const [first] = problems;
    const told =
      problems.length === 1 && first !== undefined
        ? first
        : {
            where: location,
            what: `${problems.length} problems\n${problems.map(line).join('\n')}`,
          };
    super({ outcome: 'refused', code: 'bad-config', ...told });
    this.problems = problems;
  }
}

const line = ({ where, what, hint }: ConfigProblem): string =>
  `  ${where}: ${what}${hint === undefined ? '' : `. ${hint}`}`;

export class Problems {
  readonly #document: ConfigDocument;
  readonly #found: { line: number; what: string; hint?: string }[] = [];

  constructor(document: ConfigDocument) {
    this.#document = document;
    this.#found.push(...document.syntaxErrors);
  }

  /** @param path  of the option to mend, which the problem's line is taken from */
  add({ path, ...problem }: Issue): void {
    this.#found.push({ line: this.#document.lineOf(path), ...problem });
  }

  addAll(issues: readonly Issue[]): void {
    for (const issue of issues) this.add(issue);
  }

  lineOf(path: Path): number {
    return this.#document.lineOf(path);
  }

  /** @throws ConfigError if anything was found */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const { location } = this.#document;
    const problems = this.#found
      .toSorted((a, b) => a.line - b.line)
      .map(({ line: at, ...problem }) => ({ where: `${location}:${at}`, ...problem }));
    throw new ConfigError(location, problems);
  }
}
