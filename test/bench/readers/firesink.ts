// firesink: the stream's bytes into rows with all their system columns, into buffers.
import { compileRow } from '@firesink/shared/rows/encode.ts';
import { createTranscoder } from '@firesink/shared/sources/firestore/wire/transcoder.ts';
import { wholeCollection } from './firesink-stream.ts';
import { run } from './reader.ts';
import { head } from './snapshot-head.ts';

/** As the export stage takes them (stages/export-part.ts). */
const CHUNK_BYTES = 256 * 1024;

await run({
  async read(pass) {
    const transcoder = createTranscoder(compileRow({ columns: [] }), head(pass.project));
    let bytes = 0;
    const take = () => {
      bytes += transcoder.take().length;
    };
    await wholeCollection(pass, (buffer, start, end) => {
      transcoder.transcode(buffer, start, end);
      if (transcoder.pendingBytes >= CHUNK_BYTES) take();
    });
    take();
    return { documents: transcoder.rows, bytes };
  },
});
