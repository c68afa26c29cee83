// Tools that some tests drive and a user's machine may lack. Their tests are skipped by name there; where
// `CI` is set a missing tool is an error instead, so that a skip can never look green.
import { spawnSync } from 'node:child_process';

const COMMANDS = {
  java: ['java', '-version'],
  gcloud: ['gcloud', '--version'],
  bq: ['bq', 'version'],
  kubectl: ['kubectl', 'version', '--client'],
} as const;

export type Tool = keyof typeof COMMANDS;

function isInstalled(tool: Tool): boolean {
  const [command, ...args] = COMMANDS[tool];
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/**
 * Which of the tools a test needs are missing here; empty on a machine that has them all.
 *
 *     describe.skipIf(missing('gcloud').length > 0)('gcloud storage (needs gcloud)', …)
 *
 * @throws where `CI` is set and one is missing.
 */
export function missing(...tools: Tool[]): Tool[] {
  const absent = tools.filter((tool) => !isInstalled(tool));
  if (absent.length > 0 && process.env['CI']) {
    throw new Error(`CI needs ${absent.join(', ')}, which this machine lacks`);
  }
  return absent;
}
