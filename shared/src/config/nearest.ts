// The nearest right name, for everything a person types: options, environments, sources, collections.

/** `Did you mean budget?`, and what there is; undefined where there is nothing at all. */
export function suggest(wrong: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const nearest = nearestName(wrong, names);
  const known = `There ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
  return nearest === undefined ? known : `Did you mean ${nearest}? ${known}`;
}

/** The name that needs the fewest edits, if those are so few that it can be meant; letter case is no edit. */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  const most = Math.max(1, Math.floor(wrong.length / 3));
  let nearest: string | undefined;
  let fewest = most + 1;
  for (const name of names) {
    // A name of the same few letters in another order is no slip of the hand: "b" is not "a".
    const edits = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (edits < fewest && edits < Math.max(wrong.length, name.length)) {
      nearest = name;
      fewest = edits;
    }
  }
  return nearest;
}

const MAX_LISTED = 20;

function listed(names: readonly string[]): string {
  if (names.length <= MAX_LISTED) return names.join(', ');
  return `${names.slice(0, MAX_LISTED).join(', ')} and ${names.length - MAX_LISTED} more`;
}

/** Letters put in, left out, changed, or swapped with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      const swapped =
        row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

const at = (row: readonly number[], column: number): number =>
  row[column] ?? Number.POSITIVE_INFINITY;
