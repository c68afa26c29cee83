// The export stage and nothing else, in a process of its own: `exporter.ts <source> <collection>`, the
// configuration and the services named by the environment, as for a function.
import { findCollection, findSource } from '@firesink/shared/config/lookup.ts';
import { configuredServices } from '@firesink/shared/entrance/configured-services.ts';
import { createLog } from '@firesink/shared/log.ts';
import { exportCollection } from '@firesink/shared/stages/export.ts';
import { type Usage, usageNow } from './usage.ts';

export interface ExportResult extends Usage {
  state: string;
  documents: number;
  bytes: number;
  wallMs: number;
}

/** Milliseconds; nothing is handed over. */
const DEADLINE_MS = 3_600_000;

const [sourceName = '', collectionName = ''] = process.argv.slice(2);
const log = createLog((line) => process.stderr.write(line));
const services = await configuredServices(log)();
const { environment } = services;
const source = findSource(environment, sourceName);
const collection = findCollection(environment, source, collectionName);
const startedMs = Date.now();
const task = {
  origin: 'firestore',
  source,
  collection,
  runMs: startedMs,
  allowEmpty: false,
  allowShrink: false,
} as const;
const deadlineMs = startedMs + DEADLINE_MS;
const { state, documents = 0, bytes = 0 } = await exportCollection(task, services, { deadlineMs });
const result: ExportResult = {
  state,
  documents,
  bytes,
  wallMs: Date.now() - startedMs,
  ...usageNow(),
};
process.send?.(result);
await services.close();
process.exit();
