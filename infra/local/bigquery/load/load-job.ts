// A load job: rows are checked in a worker thread against the table's schema as it is, then written in
// the table's turn, in one transaction with the job's end. If the schema changed meanwhile the rows are
// checked again.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stagedSelectSql } from '../columns.ts';
import type { JobWork, RunningJob } from '../jobs.ts';
import type { JsonMap } from '../json-body.ts';
import { describeTable, type TableRecord } from '../records.ts';
import type { Store } from '../store.ts';
import { countsOf } from '../table-storage.ts';
import { planWrite, renewPlan, type WritePlan, writeRows } from '../write-table.ts';
import type { LoadConfig } from './load-config.ts';
import type { ParseResult } from './parse.ts';
import type { ParsePool } from './pool.ts';

export interface LoadServices {
  store: Store;
  pool: ParsePool;
  storageUrl: string;
}

export function loadWork(
  services: LoadServices,
  config: LoadConfig,
  configuration: JsonMap,
): JobWork {
  return {
    async run(job) {
      for (;;) {
        const plan = planWrite(services.store, config, config.schema, configuration);
        if (await attempt(services, config, plan, job)) return;
      }
    },
  };
}

/** @returns false if the table changed while the rows were checked */
async function attempt(
  { store, pool, storageUrl }: LoadServices,
  config: LoadConfig,
  plan: WritePlan,
  job: RunningJob,
): Promise<boolean> {
  const stagingFile = join(store.database.scratchDir, `${store.nextId()}.ndjson`);
  try {
    const task = {
      storageUrl,
      sourceUris: config.sourceUris,
      fields: plan.next.fields,
      ignoreUnknownValues: config.ignoreUnknownValues,
      maxBadRecords: config.maxBadRecords,
      stagingFile,
    };
    const parsed = await pool.parse(task, job.signal, () => job.start());
    return await store.writers.run(describeTable(plan.next), async () => {
      job.signal.throwIfAborted();
      const renewed = renewPlan(store, plan);
      if (renewed === undefined) return false;
      await write(store, config, renewed, parsed, stagingFile, job);
      return true;
    });
  } finally {
    rmSync(stagingFile, { force: true });
  }
}

async function write(
  store: Store,
  config: LoadConfig,
  plan: WritePlan,
  parsed: ParseResult,
  stagingFile: string,
  job: RunningJob,
): Promise<void> {
  const table = await store.database.transaction(async (transaction) => {
    const interrupt = () => transaction.interrupt();
    job.signal.addEventListener('abort', interrupt);
    try {
      const before = plan.current && (await bytesKept(config, plan, plan.current, transaction));
      const rowsSql = stagedSelectSql(plan.next.fields, stagingFile, parsed.longestRowBytes);
      const written = await writeRows(store, plan, config, rowsSql, transaction);
      const after = await countsOf(transaction, written, plan.partitionId);
      job.record.statistics = {
        load: {
          inputFiles: String(parsed.inputFiles),
          inputFileBytes: String(parsed.inputFileBytes),
          outputRows: String(parsed.rows),
          outputBytes: String(after.bytes - (before ?? 0n)),
          badRecords: String(parsed.badRecords),
        },
      };
      if (parsed.errors.length > 0) job.record.errors = parsed.errors;
      await job.finish(transaction);
      return written;
    } finally {
      job.signal.removeEventListener('abort', interrupt);
    }
  });
  store.putTable(table);
  if (plan.current !== undefined && plan.current.id !== table.id) {
    await store.dropRows(plan.current);
  }
}

/** Bytes that stay: what the job appends to. */
async function bytesKept(
  config: LoadConfig,
  plan: WritePlan,
  current: TableRecord,
  transaction: Parameters<typeof countsOf>[0],
): Promise<bigint> {
  if (config.writeDisposition !== 'WRITE_APPEND') return 0n;
  return (await countsOf(transaction, current, plan.partitionId)).bytes;
}
