// pnpm chaos --seed N --runs M: breaks everything that can break, and says whether the promises held.
import { parseArgs } from 'node:util';
import { GUARDS, type Guard } from '../support/chain-guards.ts';
import { type CampaignOptions, runCampaign } from './campaign.ts';

const HELP = `Usage: pnpm chaos [--seed N] [--runs M] [--without ${Object.keys(GUARDS).join('|')}]

Runs N, N+1, … of the pipeline over the local stand-ins, with requests lost before and after they took
effect, errors, cut connections, deliveries late, twice and out of order, and function processes killed.
--without leaves one guard of the load chain out, which must be noticed. Exits with 1 where a promise broke.
`;

const isGuard = (text: string): text is Guard => Object.hasOwn(GUARDS, text);

function readOptions(): CampaignOptions {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '10' },
      without: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [seed, runs] = [Number(values.seed), Number(values.runs)];
  const { without } = values;
  const isUnknown = without !== undefined && !isGuard(without);
  if (values.help || isUnknown || !Number.isSafeInteger(seed) || !(runs >= 1)) {
    process.stderr.write(HELP);
    process.exit(values.help ? 0 : 2);
  }
  return { seed, runs, ...(without !== undefined && isGuard(without) ? { without } : {}) };
}

// Google's clients look for a metadata server unless told that there is none.
process.env.METADATA_SERVER_DETECTION = 'none';
const options = readOptions();
const startedMs = performance.now();
const report = await runCampaign({
  ...options,
  onProgress: (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${options.runs} runs `);
  },
});
const { violations, runs, kills, jobs, observations, deadLetters } = report;
const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
for (const line of report.logs) process.stderr.write(`${line}\n`);
for (const { seed, what } of violations) process.stdout.write(`seed ${seed ?? '?'}: ${what}\n`);
process.stdout.write(
  `${runs} runs from seed ${options.seed} in ${seconds} s: ${kills} kills, ${jobs} jobs, ` +
    `${observations} observations, ${deadLetters} dead letters, ${violations.length} violations\n`,
);
process.exit(violations.length > 0 ? 1 : 0);
