// Pseudo-random choices that come out the same on every machine, so that the sample can be reasoned about
// and compared. Mulberry32: 32 bits of state are plenty for a few thousand documents.

export interface Random {
  /** 0 (included) to 1 (excluded). */
  fraction(): number;
  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number;
  /** True once in `times`, on average. */
  once(times: number): boolean;
  pick<const Choices extends readonly [unknown, ...unknown[]]>(choices: Choices): Choices[number];
  /** As many different ones as asked for, or all there are. */
  some<T>(choices: readonly T[], count: number): T[];
}

export function createRandom(seed: string): Random {
  let state = seedState(seed);
  const fraction = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const integer = (least: number, most: number) =>
    least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    integer,
    once: (times) => integer(1, times) === 1,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    some(choices, count) {
      const left = [...choices];
      const chosen: typeof left = [];
      while (chosen.length < count && left.length > 0) {
        chosen.push(...left.splice(integer(0, left.length - 1), 1));
      }
      return chosen;
    },
  };
}

/** FNV-1a: seeds that differ in one letter give unrelated sequences. */
function seedState(seed: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(seed)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
