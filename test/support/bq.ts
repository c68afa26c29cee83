// Google's `bq` led to the local BigQuery stand-in, and kept away from the configuration of whoever runs
// the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BqOptions {
  /** `http://localhost:8695` */
  url: string;
  project: string;
}

/** The flags in front of every command: `bq --api … --project_id … ls`. */
export const bqFlags = ({ url, project }: BqOptions): string[] => [
  '--api',
  url,
  '--project_id',
  project,
];

/** Any token will do, but without one bq wants to log in. The configuration folder goes with this process. */
export function bqEnvironment(): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'firesink-bq-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return {
    ...process.env,
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_AUTH_ACCESS_TOKEN: 'anything',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
  };
}
