// The limit: firesink's own stream, and every message dropped.
import { wholeCollection } from './firesink-stream.ts';
import { run } from './reader.ts';

await run({
  async read(pass) {
    let documents = 0;
    let bytes = 0;
    await wholeCollection(pass, (_buffer, start, end) => {
      documents++;
      bytes += end - start;
    });
    return { documents, bytes };
  },
});
