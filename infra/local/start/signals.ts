// Ctrl-C, `kill`, a closed terminal: all ask for an orderly end. Who asks again does not want to wait.

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with it, e.g. `SIGINT`. */
  readonly interrupted: Promise<NodeJS.Signals>;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds. Both the terminal and pnpm pass Ctrl-C on, so one comes twice at once. */
const SAME_KEY_MS = 500;

export const INTERRUPTED_EXIT_CODE = 130;

export function listenForSignals(): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let firstMs: number | undefined;
  for (const name of SIGNALS) {
    process.on(name, () => {
      firstMs ??= performance.now();
      // The functions end with this process, whatever it leaves undone.
      if (performance.now() - firstMs > SAME_KEY_MS) process.exit(INTERRUPTED_EXIT_CODE);
      controller.abort();
      resolve(name);
    });
  }
  return { signal: controller.signal, interrupted: promise };
}
