// Stand-ins and functions, seen alike: what can be stopped and started again where it was.
import type { StandIn, StandInOptions } from '../stand-in.ts';

export interface Part {
  /** Ends it at once, as a crash would. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface SupervisedStandIn extends Part {
  /** `127.0.0.1:8680`, the same for every start. */
  readonly host: string;
  /** Undefined while it is stopped. */
  readonly current: StandIn | undefined;
}

/** @param start  called again for every restart, then with the port it got first */
export async function superviseStandIn(
  options: StandInOptions,
  start: (options: StandInOptions) => Promise<StandIn>,
): Promise<SupervisedStandIn> {
  let current: StandIn | undefined = await start(options);
  const { host, port } = current;
  return {
    host,
    get current() {
      return current;
    },
    async stop() {
      const stopped = current;
      current = undefined;
      await stopped?.[Symbol.asyncDispose]();
    },
    async start() {
      current ??= await start({ ...options, port });
    },
  };
}
