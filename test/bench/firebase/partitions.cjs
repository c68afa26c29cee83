// Loaded with --require into Firebase's import script. Google's emulator lacks PartitionQuery, so
// `getPartitions`, and nothing else, is replaced: as many partitions as BENCH_PARTITIONS says (a service may
// return fewer than asked for), cut at evenly spaced documents.
const { createRequire } = require('node:module');
const { isMainThread } = require('node:worker_threads');

// Its workers only read what they are given.
if (isMainThread) {
  const fromScript = createRequire(process.argv[1]);
  const fromAdmin = createRequire(fromScript.resolve('firebase-admin'));
  replaceGetPartitions(fromAdmin('@google-cloud/firestore'));
}

function replaceGetPartitions({ CollectionGroup, FieldPath, QueryPartition }) {
  CollectionGroup.prototype.getPartitions = async function* getPartitions() {
    const { docs } = await this.orderBy(FieldPath.documentId()).select().get();
    const count = Number(process.env.BENCH_PARTITIONS);
    const cuts = Array.from({ length: count - 1 }, (_, index) => {
      const { ref } = docs[Math.floor(((index + 1) * docs.length) / count)];
      return [{ referenceValue: ref.formattedName, valueType: 'referenceValue' }];
    });
    const { collectionId, converter } = this._queryOptions;
    for (const [index, start] of [undefined, ...cuts].entries()) {
      yield new QueryPartition(this._firestore, collectionId, converter, start, cuts[index]);
    }
  };
}
