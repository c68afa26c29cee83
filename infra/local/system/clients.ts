// Google's clients for one local system, led there by their options: a process that runs tests has several
// systems at once, and only one environment. Imported when first used.
import type { BigQuery } from '@google-cloud/bigquery';
import type { PubSub } from '@google-cloud/pubsub';
import type { Storage } from '@google-cloud/storage';
import type { StandInName } from './ports.ts';

export interface LocalClients {
  pubsub(): Promise<PubSub>;
  storage(): Promise<Storage>;
  bigquery(): Promise<BigQuery>;
  close(): Promise<void>;
}

/** @param projectId  the warehouse's */
export function createClients(
  projectId: string,
  hosts: Readonly<Record<StandInName, string>>,
): LocalClients {
  let pubsub: Promise<PubSub> | undefined;
  const openPubsub = async () => {
    const { PubSub } = await import('@google-cloud/pubsub');
    return new PubSub({ projectId, apiEndpoint: hosts.pubsub, emulatorMode: true });
  };
  return {
    pubsub() {
      pubsub ??= openPubsub();
      return pubsub;
    },
    async storage() {
      const { Storage } = await import('@google-cloud/storage');
      return new Storage({ projectId, apiEndpoint: `http://${hosts.storage}` });
    },
    async bigquery() {
      const { BigQuery } = await import('@google-cloud/bigquery');
      return new BigQuery({ projectId, apiEndpoint: `http://${hosts.bigquery}` });
    },
    async close() {
      await (await pubsub)?.close();
    },
  };
}
