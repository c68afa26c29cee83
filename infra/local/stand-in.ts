// What every local stand-in for a Google service looks like from outside. Each lives in a folder of its
// own with the same rooms: server.ts (protocol), a file per resource, store.ts (state), errors.ts (the
// service's own words), README.md (what it serves and what not).

export interface StandInOptions {
  /** 0 picks a free port. */
  port: number;
  /** Folder where the state outlives the process; without it everything is in memory. */
  dataDir?: string;
  /** Milliseconds since 1970, UTC. Tests move it. */
  clock?: () => number;
}

export interface StandIn extends AsyncDisposable {
  /** `127.0.0.1:8680`, as the service's `*_EMULATOR_HOST` takes it. */
  readonly host: string;
  readonly port: number;
  /** Resolves when nothing is queued, in delivery or running any more. */
  idle(): Promise<void>;
}
