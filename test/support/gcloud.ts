// gcloud led to the local stand-ins, and kept away from the configuration of whoever runs the tests.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The environment for a `gcloud storage …` process. Its configuration folder is its own and goes when this
 * process ends.
 */
export function gcloudEnvironment({ storagePort }: { storagePort: number }): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'firesink-gcloud-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return {
    ...process.env,
    CLOUDSDK_CONFIG: folder,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://localhost:${storagePort}/`,
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
    CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: 'true',
  };
}
