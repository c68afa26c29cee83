// One run: two slices of one table. The first is exported from Firestore at several instants, by messages
// sent in any order; the second gets snapshots, good, empty and bad, and a file from somebody. In the end
// both show their newest, also after the table was dropped.
import { setTimeout as sleep } from 'node:timers/promises';
import { tasks } from '@firesink/shared/config/lookup.ts';
import { formatLoadMessage } from '@firesink/shared/messages/load.ts';
import { formatRun } from '@firesink/shared/messages/run.ts';
import { formatStem, uploadMark } from '@firesink/shared/messages/stem.ts';
import type { Firestore } from '@google-cloud/firestore';
import { putSnapshot } from '../support/load-world.ts';
import { bucketOf, publish } from '../support/pipeline.ts';
import { chance, choice } from './random.ts';
import { SliceModel } from './slice-model.ts';
import type { ChaosWorld } from './world.ts';

export interface Scenario {
  seed: number;
  slices: readonly SliceModel[];
  /** Objects that are to end as dead letters, or as superseded, by a part of their names. */
  bad: Set<string>;
  feed(): Promise<void>;
  /** Drops the table, and does what the sweep then does. @returns false where this run has no such part */
  tamper(): Promise<boolean>;
}

const IDS = Array.from({ length: 12 }, (_, index) => `d${index}`);

export function planScenario({ system }: ChaosWorld, firestore: Firestore, seed: number): Scenario {
  const collection = `s${seed}`;
  const model = (source: string): SliceModel => {
    const [pair] = tasks(system.environment, { sources: [source], collections: [collection] });
    if (!pair) throw new Error(`${source} ${collection} is not configured`);
    return new SliceModel(pair);
  };
  const shop = model('shop');
  const mart = model('mart');
  const bad = new Set<string>();
  const roll = (key: string) => chance(seed, key);
  const idsOf = (key: string) => {
    const chosen = IDS.filter((id) => roll(`${key} ${id}`) < 0.5);
    return chosen.length > 0 ? chosen : ['only'];
  };

  /** The collection as it is at several instants, and a message for each, some of them twice. */
  async function exportSome(): Promise<void> {
    const messages: string[] = [];
    const steps = 2 + choice(seed, 'exports', 2);
    for (let step = 0; step < steps; step++) {
      const isEmpty = step > 0 && roll(`export ${step} empty`) < 0.15;
      const ids = isEmpty ? [] : idsOf(`export ${step}`);
      const batch = firestore.batch();
      for (const id of [...IDS, 'only']) {
        const document = firestore.doc(`${collection}/${id}`);
        if (ids.includes(id)) batch.set(document, { step });
        else batch.delete(document);
      }
      await batch.commit();
      const runMs = Date.now() + 1;
      while (Date.now() <= runMs) await sleep(1);
      const run = formatRun(runMs);
      shop.expect(run, ids);
      const message = JSON.stringify({ project: 'shop', collection, run, allowEmpty: isEmpty });
      messages.push(message);
      if (roll(`export ${step} twice`) < 0.3) messages.push(message);
    }
    messages.sort((a, b) => roll(`order ${a}`) - roll(`order ${b}`));
    for (const message of messages) {
      await publish(system, 'export', message);
      await sleep(choice(seed, `pause ${message}`, 150));
    }
  }

  async function putSome(): Promise<void> {
    const bucket = await bucketOf(system);
    const steps = 2 + choice(seed, 'puts', 3);
    const firstMs = Date.now() - 60_000;
    for (let step = 0; step < steps; step++) {
      const isBad = step > 0 && roll(`put ${step} bad`) < 0.2;
      const isEmpty = step > 0 && !isBad && roll(`put ${step} empty`) < 0.15;
      const runMs = firstMs + step * 1_000;
      const ids = isEmpty ? [] : idsOf(`put ${step}`);
      if (isBad) bad.add(`mart/${collection}/${formatRun(runMs)}`);
      else mart.expect(formatRun(runMs), ids);
      const lines = isBad ? [...ids, '{"_slice":"none"}'] : ids;
      await putSnapshot(bucket, mart.pair, { runMs, ids: lines, allowEmpty: isEmpty });
      await sleep(choice(seed, `put ${step} pause`, 300));
    }
    if (roll('upload') < 0.5) await uploadOne();
  }

  async function uploadOne(): Promise<void> {
    const isBroken = roll('upload broken') < 0.4;
    const ids = idsOf('upload');
    const lines = ids.map((_document_id) => JSON.stringify({ _document_id }));
    const file = (await bucketOf(system)).file(
      `uploads/firestore/mart/${collection}/by-hand.ndjson`,
    );
    if (isBroken) bad.add(file.name);
    await file.save(`${[...lines, ...(isBroken ? ['{"_document_id":'] : [])].join('\n')}\n`);
    if (isBroken) return;
    const { generation, timeCreated = '' } = file.metadata;
    const upload = uploadMark(file.name, String(generation));
    const stem = formatStem({ runMs: Date.parse(timeCreated), upload });
    mart.expect(stem, ids);
  }

  return {
    seed,
    slices: [shop, mart],
    bad,
    feed: async () => {
      await Promise.all([exportSome(), putSome()]);
    },
    async tamper() {
      if (roll('tamper') >= 0.4) return false;
      for (const slice of [shop, mart]) slice.tamper();
      const bigquery = await system.clients.bigquery();
      await bigquery.dataset('catalogue').table(shop.pair.collection.table).delete();
      const bucket = await bucketOf(system);
      for (const { newestObject: name } of [shop, mart]) {
        const generation = String((await bucket.file(name).getMetadata())[0].generation);
        const { data, attributes } = formatLoadMessage({ bucket: bucket.name, name, generation });
        const pubsub = await system.clients.pubsub();
        await pubsub.topic('firesink-load').publishMessage({ data: Buffer.from(data), attributes });
      }
      return true;
    },
  };
}
