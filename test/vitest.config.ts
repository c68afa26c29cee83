import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

const project = (name: string, testTimeoutMs: number) => ({
  root,
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: testTimeoutMs,
    hookTimeout: testTimeoutMs,
    // Google's clients probe for the metadata server when no credentials are given: 0.1 s to several.
    env: { METADATA_SERVER_DETECTION: 'none' },
  },
});

const long = process.argv.includes('long');

export default defineConfig({
  test: {
    reporters: ['default', fileURLToPath(new URL('support/reporter.ts', import.meta.url))],
    maxWorkers: 2,
    // Google's Storage client (teeny-request) warns of its own listeners at every download.
    execArgv: ['--disable-warning=MaxListenersExceededWarning'],
    projects: long
      ? [project('long', 5_400_000)]
      : [project('unit', 60_000), project('contract', 120_000), project('e2e', 240_000)],
  },
});
