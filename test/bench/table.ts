// A bench's result for people.
import type { BenchResult, Figure } from './bench.ts';
import type { Machine } from './machine.ts';

export function formatTable(results: readonly BenchResult[], machine: Machine): string {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${machine.cpu}, ${machine.cores} cores, load ${machine.load}; ${versions.join(', ')}`,
    ...results.map(formatResult),
  ].join('\n\n');
}

function formatResult({ name, ratio, goal, figures, notes }: BenchResult): string {
  const verdict = ratio >= goal ? 'reached' : 'MISSED';
  return [
    `${name}: ${ratio} (goal ${goal}: ${verdict})`,
    ...formatFigures(figures),
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

function formatFigures(figures: readonly Figure[]): string[] {
  const columns = [...new Set(figures.flatMap((figure) => Object.keys(figure)))];
  const cells = figures.map((figure) => columns.map((column) => `${figure[column] ?? ''}`));
  const headings = columns.map((column) => (column === 'name' ? '' : column));
  const lines = [headings, ...cells];
  const widths = columns.map((_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  );
  return lines.map((line) =>
    line
      .map((cell, index) =>
        index === 0 ? `  ${cell.padEnd(widths[index] ?? 0)}` : cell.padStart(widths[index] ?? 0),
      )
      .join('  '),
  );
}
