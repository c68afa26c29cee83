// What was started is ended in reverse order, all of it, whatever goes wrong on the way; the first error
// survives. (AsyncDisposableStack does this from Node 24 on; firesink also runs on 22.)

export interface Releases {
  /** @param release  may return a promise */
  add(release: () => unknown): void;
  /** A second call waits for the first. */
  release(): Promise<void>;
}

export function createReleases(): Releases {
  const releases: (() => unknown)[] = [];
  let released: Promise<void> | undefined;
  async function releaseAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let next = releases.pop(); next; next = releases.pop()) {
      try {
        await next();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
  return {
    add: (release) => releases.push(release),
    release() {
      released ??= releaseAll();
      return released;
    },
  };
}

/** As Promise.all, but fails only when all have ended: nothing may come up after the others were released. */
export async function settled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
