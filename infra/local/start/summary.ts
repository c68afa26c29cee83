// What the sync came to.

import { formatStatus } from '@firesink/cli/table.ts';
import type { Status } from '@firesink/shared/stages/status.ts';
import type { Output } from './output.ts';

export function printSummary(status: Status, output: Output): void {
  output.result(formatStatus(status));
  output.document(status);
}

/** Every collection is in its table, or has no documents. */
export function isComplete({ slices }: Status): boolean {
  return slices.every(({ state }) => state === 'loaded' || state === 'empty');
}
