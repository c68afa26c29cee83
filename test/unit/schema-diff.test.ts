import { compareFields } from '@firesink/shared/warehouse/schema-diff.ts';
import { describe, expect, test } from 'vitest';

const field = (name: string, type: string, more: object = {}) => ({ name, type, ...more });

describe('the fields of a table against those of a schema file', () => {
  test('the same under BigQuery’s two names of a type', () => {
    const present = [field('n', 'INTEGER', { mode: 'NULLABLE' }), field('ok', 'BOOLEAN')];
    const wanted = [field('N', 'INT64'), field('ok', 'BOOL')];
    expect(compareFields(present, wanted)).toEqual({
      merged: present,
      added: false,
      conflicts: [],
    });
  });

  test('new columns come behind those there are, within records too', () => {
    const present = [
      field('owner', 'RECORD', { fields: [field('team', 'STRING')] }),
      field('a', 'STRING'),
    ];
    const wanted = [
      field('b', 'DATE'),
      field('a', 'STRING'),
      field('owner', 'RECORD', { fields: [field('mail', 'STRING'), field('team', 'STRING')] }),
    ];
    const { merged, added, conflicts } = compareFields(present, wanted);
    expect(conflicts).toEqual([]);
    expect(added).toBe(true);
    expect(merged).toEqual([
      field('owner', 'RECORD', { fields: [field('team', 'STRING'), field('mail', 'STRING')] }),
      field('a', 'STRING'),
      field('b', 'DATE'),
    ]);
  });

  test('whatever else differs is a conflict, named with both sides', () => {
    const present = [
      field('calls', 'STRING'),
      field('tags', 'STRING', { mode: 'REPEATED' }),
      field('price', 'NUMERIC', { precision: '10', scale: '2' }),
      field('gone', 'STRING'),
    ];
    const wanted = [field('calls', 'INT64'), field('tags', 'STRING'), field('price', 'NUMERIC')];
    expect(compareFields(present, wanted).conflicts).toEqual([
      'column "calls" is STRING in the table and INT64 in the schema',
      'column "tags" is REPEATED STRING in the table and STRING in the schema',
      'column "price" is NUMERIC(10, 2) in the table and NUMERIC in the schema',
      'column "gone" is in the table but not in the schema',
    ]);
  });
});
