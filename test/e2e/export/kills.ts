// The export function, killed again and again while it works on one message.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { createRandom } from '../../../infra/local/demo/random.ts';
import type { LocalSystem } from '../../../infra/local/system.ts';
import { publish } from '../../support/pipeline.ts';
import { SOURCE } from './world.ts';

export interface KillOptions {
  collection: string;
  runMs: number;
  kills: number;
  seed: string;
  /** Between a start of the function and its end, at most. */
  longestLifeMs: number;
  idleTimeoutMs: number;
}

/** @returns how often the task has handed itself over */
export async function killWhileExporting(
  system: LocalSystem,
  { collection, runMs, kills, seed, longestLifeMs, idleTimeoutMs }: KillOptions,
): Promise<number> {
  const random = createRandom(seed);
  await publish(system, 'export', { source: SOURCE, collection, run: formatRun(runMs) });
  for (let kill = 0; kill < kills; kill++) {
    // Any moment may be the one that goes wrong, so there is nothing to wait for.
    await sleep(random.integer(1, longestLifeMs));
    await system.stop('export');
    await system.start('export');
  }
  await system.idle({ timeoutMs: idleTimeoutMs });
  const log = readFileSync(join(system.logsDir, 'export.log'), 'utf8');
  return log.split('"message":"export: continued"').length - 1;
}
