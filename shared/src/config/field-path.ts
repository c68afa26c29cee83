// Field paths as Firestore writes them: names joined by dots, a name that holds anything but letters, digits
// and _ in backticks if need be: owner.team, `a.b`.c. Unlike Firestore we also take such names bare where
// they are unambiguous (owner-team), for that is how people write them.

/** Names from the outside in, e.g. `['owner', 'team']`. */
export type FieldPath = readonly string[];

const SEGMENT = /(?:`((?:[^`\\]|\\.)+)`|([^.`]+))(\.(?=.)|$)/gsy;

/** Undefined for text that is no field path: empty, `a..b`, an open backtick. */
export function parseFieldPath(text: string): FieldPath | undefined {
  const names: string[] = [];
  let read = 0;
  for (const [segment, quoted, bare] of text.matchAll(SEGMENT)) {
    names.push(quoted?.replaceAll(/\\(.)/gs, '$1') ?? bare ?? '');
    read += segment.length;
  }
  return read === text.length && names.length > 0 ? names : undefined;
}
