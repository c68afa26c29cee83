// Loaded with --import into programs that are not ours, to tell what they cost when they end.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { usageNow } from './usage.ts';

const file = process.env.BENCH_USAGE_FILE;
if (file && isMainThread) process.on('exit', () => writeFileSync(file, JSON.stringify(usageNow())));
