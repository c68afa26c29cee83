// Cuts a gRPC stream's bytes into messages (a flag, a length of four bytes, the message, and so on), with
// no regard to how HTTP/2 cut them into frames. A message that lies whole in a chunk is handed out where it
// lies; one that spans chunks is put together once, in a buffer of its own.
// Source: gRPC over HTTP2, "Length-Prefixed-Message".
import { GrpcError } from './grpc-status.ts';

/** The bytes `start` to `end` of the buffer are one message. A promise asks for a pause until it is done. */
export type OnMessage = (buffer: Buffer, start: number, end: number) => void | Promise<void>;

const PREFIX_BYTES = 5;
/** Bytes. A document has at most 1 MiB by Firestore's measure; far more is a stream gone wrong. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Where the cutter stopped: at the chunk's end, or earlier, to be pushed again after the pause. */
export interface Cut {
  at: number;
  pause: void | Promise<void>;
}

export class MessageCutter {
  readonly #onMessage: OnMessage;
  /** What there is of a message that spans chunks. */
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #prefixBytes = 0;
  #body: Buffer | undefined;
  #bodyBytes = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  /** Whether the last message is whole. */
  get atBoundary(): boolean {
    return this.#prefixBytes === 0;
  }

  /** @throws {GrpcError} for what is no gRPC stream, and whatever `onMessage` throws */
  push(chunk: Buffer, from: number): Cut {
    let at = from;
    while (at < chunk.length) {
      if (!this.atBoundary || chunk.length - at < PREFIX_BYTES) {
        const cut = this.#collect(chunk, at);
        if (cut.pause) return cut;
        at = cut.at;
        continue;
      }
      const start = at + PREFIX_BYTES;
      const end = start + lengthIn(chunk, at);
      if (end > chunk.length) {
        at = this.#collect(chunk, at).at;
        continue;
      }
      at = end;
      const pause = this.#onMessage(chunk, start, end);
      if (pause) return { at, pause };
    }
    return { at, pause: undefined };
  }

  #collect(chunk: Buffer, from: number): Cut {
    let at = from;
    if (this.#prefixBytes < PREFIX_BYTES) {
      const copied = chunk.copy(this.#prefix, this.#prefixBytes, at);
      this.#prefixBytes += copied;
      at += copied;
      if (this.#prefixBytes < PREFIX_BYTES) return { at, pause: undefined };
      this.#body = Buffer.allocUnsafeSlow(lengthIn(this.#prefix, 0));
    }
    const body = this.#body ?? this.#prefix;
    const copied = chunk.copy(body, this.#bodyBytes, at);
    this.#bodyBytes += copied;
    at += copied;
    if (this.#bodyBytes < body.length) return { at, pause: undefined };
    this.#prefixBytes = 0;
    this.#bodyBytes = 0;
    this.#body = undefined;
    return { at, pause: this.#onMessage(body, 0, body.length) };
  }
}

function lengthIn(bytes: Buffer, at: number): number {
  // The flag says compressed, which is never asked for.
  if (bytes[at] !== 0) throw new GrpcError('INTERNAL', `a message with the flag ${bytes[at]}`);
  const length = bytes.readUInt32BE(at + 1);
  if (length > MAX_MESSAGE_BYTES) throw new GrpcError('INTERNAL', `a message of ${length} bytes`);
  return length;
}

/** One message as it goes over the wire. */
export function frameMessage(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
