// A collection group of many documents under many parents, and what an export of it must come to.
import { numbered, seed } from '../../support/seed.ts';
import { SOURCE } from './world.ts';

export const GROUP = '{ collection: versions, group: true }';

export interface Group {
  documents: number;
  parents: number;
}

/** Round the parents, so that each has its documents early and late. */
const pathIn =
  ({ parents }: Group) =>
  (index: number): string => {
    const parent = numbered('apis')(index % parents);
    return numbered(`${parent}/versions`)(Math.floor(index / parents));
  };

/** `_document_path`s in the order of names. */
export const pathsOf = (group: Group): string[] =>
  Array.from({ length: group.documents }, (_, index) => pathIn(group)(index)).sort();

/** The group, and beside it what does not belong to it. */
export async function seedGroup(host: string, group: Group): Promise<void> {
  const fields = (n: number) => ({ n, note: `document ${n}` });
  const beside = (path: string, documents: number) =>
    seed(host, { project: SOURCE, path: numbered(path), fields, documents });
  await beside('apis', 100);
  await beside('apis/00000000/versionsx', 10);
  await seed(host, { project: SOURCE, path: pathIn(group), fields, documents: group.documents });
}
