// What the benches read: documents made of numbers alone, so that every run and every machine has the same.
import type { MakeFields } from '../support/seed.ts';

const WORDS =
  'orders payments invoice customer gateway ledger billing search profile catalog shipping refund'.split(
    ' ',
  );

/** Spread over all 32 bits, the same on every machine. */
const hash = (index: number, salt: number): number =>
  Math.imul(index + 1, 0x9e3779b1 ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0;

const word = (index: number, salt: number): string => WORDS[hash(index, salt) % WORDS.length] ?? '';

/** 13 fields; about 440 bytes as JSON, 600 on the wire: the document of `facts/performance.md`. */
export const ordinary: MakeFields = (index) => ({
  name: `${word(index, 0)} api ${index}`,
  description: `The ${word(index, 1)} service, which ${word(index, 2)} and ${word(index, 3)} rely on`,
  owner: `${word(index, 4)}@example.com`,
  status: index % 7 === 0 ? 'deprecated' : 'active',
  calls: hash(index, 5) % 100_000,
  errors: index % 100,
  latency: (hash(index, 6) % 100_000) / 100,
  price: (hash(index, 7) % 10_000) / 100,
  public: index % 2 === 0,
  updated: new Date(1_790_000_000_000 + index * 37_123),
  spec: { team: word(index, 8), tier: index % 3, contact: `${word(index, 9)}-${index % 50}` },
  tags: [word(index, 10), word(index, 11), word(index, 12)],
  backends: [
    { host: `${word(index, 13)}-a.internal`, port: 8080 },
    { host: `${word(index, 14)}-b.internal`, port: 443 },
  ],
});

/** 100 bytes as JSON. */
export const small: MakeFields = (index) => ({
  name: `${word(index, 0)} api ${String(index).padStart(8, '0')}`.padEnd(47, '.'),
  calls: 10_000 + (hash(index, 5) % 90_000),
  price: 0.25 + (index % 64),
  public: true,
});

/** Many short texts in lists and maps, about so many bytes as JSON. */
export const ofBytes =
  (bytes: number): MakeFields =>
  (index) => ({
    ...ordinary(index),
    notes: Array.from({ length: Math.round((bytes - 430) / 100) }, (_, note) => ({
      author: word(index, note),
      text: `${word(note, 1)} ${word(index, note + 2)} was changed, see ${note}`.padEnd(70, '.'),
    })),
  });
