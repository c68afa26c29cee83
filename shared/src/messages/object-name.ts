// The layout of the bucket (DESIGN section 6), as far as names tell:
//   firestore/<source>/<collection>/<run>.ndjson   gke/<cluster>/<kind>/<run>.ndjson     snapshots
//   uploads/firestore/<source>/<collection>/…      uploads/gke/<cluster>/<kind>/…        uploads
//   parts/<object>/…                                                                     parts of snapshots
// A file in a folder of snapshots may be an upload too: its metadata tells, not its name.
import { parseStem, type Stem } from './stem.ts';

export type Origin = 'firestore' | 'gke';

/** The folder of one slice. Names are those of the configuration, which hold no slash. */
export interface Folder {
  origin: Origin;
  /** Source or cluster. */
  source: string;
  /** Collection or kind. */
  collection: string;
}

export type ObjectName =
  | { area: 'snapshots'; folder: Folder; stem: Stem | undefined }
  | { area: 'uploads'; folder: Folder }
  | { area: 'parts' }
  /** What the console makes where somebody creates a folder: an empty object. */
  | { area: 'marker' };

const IN_FOLDER =
  /^(?<uploads>uploads\/)?(?<origin>firestore|gke)\/(?<source>[^/]+)\/(?<collection>[^/]+)\/(?<file>.+)$/s;

/** `firestore/orders-dev/apis/` */
export function formatFolder({ origin, source, collection }: Folder): string {
  return `${origin}/${source}/${collection}/`;
}

/** Undefined for a name outside of the layout. */
export function parseObjectName(name: string): ObjectName | undefined {
  if (name.startsWith('parts/')) return { area: 'parts' };
  if (name.endsWith('/')) return { area: 'marker' };
  const { uploads, origin, source, collection, file } = IN_FOLDER.exec(name)?.groups ?? {};
  if (!isOrigin(origin) || source === undefined || collection === undefined) return undefined;
  const folder: Folder = { origin, source, collection };
  if (uploads !== undefined) return { area: 'uploads', folder };
  const stem = file?.endsWith('.ndjson') ? parseStem(file.slice(0, -'.ndjson'.length)) : undefined;
  return { area: 'snapshots', folder, stem };
}

const isOrigin = (text: string | undefined): text is Origin =>
  text === 'firestore' || text === 'gke';
