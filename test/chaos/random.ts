// Chance that a seed decides: the same key gets the same number, whatever else happens in between.
import { createHash } from 'node:crypto';

/** 0 ≤ r < 1. */
export function chance(seed: number, key: string): number {
  const digest = createHash('sha256').update(`${seed} ${key}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** An integer from 0 up to, not including, `below`. */
export const choice = (seed: number, key: string, below: number): number =>
  Math.floor(chance(seed, key) * below);
