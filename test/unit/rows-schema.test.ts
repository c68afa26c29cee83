// Schema files: what is read, what is refused and where, and the schema of the table made from it.
import { parseSchema, schemaDigest, tableSchema } from '@firesink/shared/rows/schema.ts';
import { describe, test } from 'vitest';

const parse = (fields: unknown) => parseSchema(JSON.stringify(fields), 's.json');

describe('a schema file', () => {
  test('is read with its modes, parameters, nested fields and descriptions', ({ expect }) => {
    const text = `[
      {"name": "title", "type": "STRING", "maxLength": "80", "description": "What it is called"},
      {"name": "price", "type": "NUMERIC", "precision": 10, "scale": 2},
      {"name": "big", "type": "BIGNUMERIC", "precision": 5, "mode": "NULLABLE"},
      {"name": "owners", "type": "RECORD", "mode": "REPEATED", "fields": [
        {"name": "email", "type": "STRING", "policyTags": {"names": ["projects/p/locations/eu/taxonomies/1/policyTags/2"]}}
      ]}
    ]`;
    expect(parseSchema(text, 's.json')).toEqual([
      {
        name: 'title',
        type: 'STRING',
        mode: 'NULLABLE',
        maxLength: 80,
        description: 'What it is called',
      },
      { name: 'price', type: 'NUMERIC', mode: 'NULLABLE', precision: 10, scale: 2 },
      { name: 'big', type: 'BIGNUMERIC', mode: 'NULLABLE', precision: 5, scale: 0 },
      {
        name: 'owners',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [
          {
            name: 'email',
            type: 'STRING',
            mode: 'NULLABLE',
            policyTags: { names: ['projects/p/locations/eu/taxonomies/1/policyTags/2'] },
          },
        ],
      },
    ]);
  });

  test.for<[string, string]>([
    ['INTEGER', 'INT64'],
    ['FLOAT', 'FLOAT64'],
    ['BOOLEAN', 'BOOL'],
    ['DECIMAL', 'NUMERIC'],
    ['BIGDECIMAL', 'BIGNUMERIC'],
    ['string', 'STRING'],
    ['GEOGRAPHY', 'GEOGRAPHY'],
  ])('may call a type %s: it is %s', ([written, type], { expect }) => {
    expect(parse([{ name: 'a', type: written }])).toEqual([{ name: 'a', type, mode: 'NULLABLE' }]);
  });

  test('may have no fields at all', ({ expect }) => {
    expect(parseSchema('[]', 's.json')).toEqual([]);
  });

  test.for<[unknown, string]>([
    [{ fields: [] }, 's.json:1: a schema is a JSON array of fields'],
    [['title'], 's.json:1: a field must be an object with a name and a type'],
    [[{ type: 'STRING' }], 's.json:1: a field has no name'],
    [[{ name: 'a' }], 's.json:1: column "a" has no type'],
    [
      [{ name: 'a', type: 'INT46' }],
      's.json:1: type INT46 of "a" is not supported. Did you mean INT64?',
    ],
    [
      [{ name: 'a', type: 'STRING', mode: 'REQUIRED' }],
      's.json:1: column "a" is REQUIRED, but a value that does not fit its column becomes NULL. Make it NULLABLE',
    ],
    [
      [{ name: 'a', type: 'STRING', mode: 'MANY' }],
      's.json:1: mode of "a" must be NULLABLE or REPEATED, not "MANY"',
    ],
    [
      [{ name: 'a', type: 'STRING', desciption: 'x' }],
      's.json:1: desciption is not an attribute of a field. Did you mean description?',
    ],
    [
      [{ name: 'a', type: 'STRING', collation: 'und:ci' }],
      's.json:1: collation is not supported: firesink does not compare text as BigQuery would',
    ],
    [
      [{ name: 'a', type: 'STRING', defaultValueExpression: "'x'" }],
      's.json:1: defaultValueExpression is not supported: it would fill columns whose documents hold nothing',
    ],
    [
      [{ name: 'a', type: 'NUMERIC', roundingMode: 'ROUND_HALF_EVEN' }],
      's.json:1: roundingMode is not supported: firesink never rounds: what does not fit is NULL and a row error',
    ],
    [[{ name: 'a', type: 'STRING', description: 5 }], 's.json:1: description of "a" must be text'],
    [
      [{ name: 'a', type: 'STRING', policyTags: ['x'] }],
      's.json:1: policyTags must be {"names": ["projects/…/policyTags/…"]}',
    ],
    [
      [{ name: 'a', type: 'INT64', maxLength: 5 }],
      's.json:1: column "a" is INT64: only STRING and BYTES have a maxLength',
    ],
    [
      [{ name: 'a', type: 'STRING', maxLength: 0 }],
      's.json:1: maxLength of "a" must be a whole number from 1, not 0',
    ],
    [
      [{ name: 'a', type: 'STRING', maxLength: 1.5 }],
      's.json:1: maxLength of "a" must be a whole number from 1, not 1.5',
    ],
    [
      [{ name: 'a', type: 'STRING', precision: 5 }],
      's.json:1: column "a" is STRING: only NUMERIC and BIGNUMERIC have a precision',
    ],
    [
      [{ name: 'a', type: 'NUMERIC', scale: 5 }],
      's.json:1: column "a" has a scale without a precision',
    ],
    [
      [{ name: 'a', type: 'NUMERIC', precision: 38, scale: 10 }],
      's.json:1: scale 10 of "a" is more than NUMERIC\'s 9',
    ],
    [
      [{ name: 'a', type: 'NUMERIC', precision: 38, scale: 5 }],
      's.json:1: precision 38 of "a" must be from 5 to 34 at scale 5',
    ],
    [
      [{ name: 'a', type: 'BIGNUMERIC', precision: 39 }],
      's.json:1: precision 39 of "a" must be from 1 to 38 at scale 0',
    ],
    [
      [{ name: 'a', type: 'STRING', fields: [] }],
      's.json:1: column "a" is STRING: only a RECORD has fields',
    ],
    [[{ name: 'a', type: 'RECORD' }], 's.json:1: RECORD "a" has no fields'],
    [[{ name: 'a', type: 'RECORD', fields: [] }], 's.json:1: a RECORD needs at least one field'],
    [
      [{ name: 'a.b', type: 'STRING' }],
      's.json:1: BigQuery refuses column name "a.b": letters, digits, _ and spaces are safe',
    ],
    [[{ name: '', type: 'STRING' }], 's.json:1: a column needs a name'],
    [
      [{ name: '_partitiontime', type: 'STRING' }],
      's.json:1: BigQuery reserves column names that begin with _PARTITION, so "_partitiontime" is refused',
    ],
    [[{ name: '_Run', type: 'STRING' }], 's.json:1: column "_Run" is named like firesink\'s own'],
  ])('%j is refused', ([fields, message], { expect }) => {
    expect(() => parse(fields)).toThrow(
      expect.objectContaining({ outcome: 'refused', code: 'bad-schema', message }),
    );
  });

  test.for(['INTERVAL', 'RANGE', 'FOREIGN', 'VARCHAR'])('has no type %s', (type, { expect }) => {
    expect(() => parse([{ name: 'a', type }])).toThrow(`type ${type} of "a" is not supported`);
  });

  test('is refused with all its problems, each at its line', ({ expect }) => {
    const text = `[
  {"name": "a", "type": "STRING"},
  {"name": "A", "type": "INTERVAL"},
  {"name": "b", "type": "RECORD", "fields": [
    {"name": "c", "type": "STRING", "mode": "REQUIRED"},
    {"name": "c", "type": "STRING"}
  ]},
  {"name": "A", "type": "STRING"}
]`;
    expect(() => parseSchema(text, 'schemas/x.json')).toThrow(
      expect.objectContaining({
        message: [
          'schemas/x.json: 4 problems',
          '  schemas/x.json:3: type INTERVAL of "A" is not supported. There are STRING, BYTES, INT64, FLOAT64, NUMERIC, BIGNUMERIC, BOOL, TIMESTAMP, DATE, DATETIME, TIME, GEOGRAPHY, JSON, RECORD',
          '  schemas/x.json:5: column "c" is REQUIRED, but a value that does not fit its column becomes NULL. Make it NULLABLE',
          '  schemas/x.json:6: column "c" is there twice',
          '  schemas/x.json:8: column "A" is there beside "a": BigQuery takes no notice of case',
        ].join('\n'),
      }),
    );
  });

  test.for<[string, string]>([
    ['', 's.json:1: not JSON: Unexpected end of JSON input'],
    ['[\n  {"name": "a",\n}]', 's.json:3: not JSON: Expected double-quoted property name'],
    ['[] # all', 's.json:1: not JSON: Unexpected non-whitespace character after JSON'],
    ['[{"name": "a", "type": "STRING",\n "type": "INT64"}]', 's.json:2: Map keys must be unique'],
  ])('%j is refused for its JSON', ([text, message], { expect }) => {
    expect(() => parseSchema(text, 's.json')).toThrow(expect.objectContaining({ message }));
  });

  test("takes BigQuery's flexible column names", ({ expect }) => {
    for (const name of [
      'prix en €'.replace('€', 'euros'),
      '数量',
      'a-b',
      '1st',
      "it's #1 & more",
    ]) {
      expect(parse([{ name, type: 'STRING' }])).toHaveLength(1);
    }
    expect(() => parse([{ name: 'x'.repeat(300), type: 'STRING' }])).not.toThrow();
    expect(() => parse([{ name: 'x'.repeat(301), type: 'STRING' }])).toThrow('more than 300');
  });

  test('has at most fifteen levels of RECORD', ({ expect }) => {
    const nested = (levels: number): object =>
      levels === 0
        ? { name: 'end', type: 'STRING' }
        : { name: 'r', type: 'RECORD', fields: [nested(levels - 1)] };
    expect(() => parse([nested(15)])).not.toThrow();
    expect(() => parse([nested(16)])).toThrow("lies deeper than BigQuery's 15 levels");
  });
});

describe('the schema of a table', () => {
  test('is our columns, then those of the file, in the words of the API', ({ expect }) => {
    const { fields } = tableSchema(
      parse([
        { name: 'n', type: 'INT64', description: 'count' },
        {
          name: 'r',
          type: 'RECORD',
          mode: 'REPEATED',
          fields: [{ name: 's', type: 'STRING', maxLength: 5 }],
        },
        { name: 'd', type: 'NUMERIC', precision: 5, scale: 1, policyTags: { names: ['t'] } },
      ]),
    );
    expect(fields.map(({ name, type, mode }) => [name, type, mode])).toEqual([
      ['_slice', 'INTEGER', 'NULLABLE'],
      ['_run', 'STRING', 'NULLABLE'],
      ['_source', 'STRING', 'NULLABLE'],
      ['_project_id', 'STRING', 'NULLABLE'],
      ['_database_id', 'STRING', 'NULLABLE'],
      ['_document_id', 'STRING', 'NULLABLE'],
      ['_document_path', 'STRING', 'NULLABLE'],
      ['_create_time', 'TIMESTAMP', 'NULLABLE'],
      ['_update_time', 'TIMESTAMP', 'NULLABLE'],
      ['_read_time', 'TIMESTAMP', 'NULLABLE'],
      ['_data', 'JSON', 'NULLABLE'],
      ['_row_errors', 'RECORD', 'REPEATED'],
      ['n', 'INTEGER', 'NULLABLE'],
      ['r', 'RECORD', 'REPEATED'],
      ['d', 'NUMERIC', 'NULLABLE'],
    ]);
    expect(fields.slice(-3)).toEqual([
      { name: 'n', type: 'INTEGER', mode: 'NULLABLE', description: 'count' },
      {
        name: 'r',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [{ name: 's', type: 'STRING', mode: 'NULLABLE', maxLength: '5' }],
      },
      {
        name: 'd',
        type: 'NUMERIC',
        mode: 'NULLABLE',
        precision: '5',
        scale: '1',
        policyTags: { names: ['t'] },
      },
    ]);
  });

  test('has a digest that descriptions do not change, and all else does', ({ expect }) => {
    const a = parse([{ name: 'a', type: 'STRING' }]);
    expect(schemaDigest(a)).toMatch(/^[0-9a-f]{16}$/);
    expect(schemaDigest(parse([{ name: 'a', type: 'STRING', description: 'x' }]))).toBe(
      schemaDigest(a),
    );
    const others = [
      [],
      [{ name: 'b', type: 'STRING' }],
      [{ name: 'a', type: 'BYTES' }],
      [{ name: 'a', type: 'STRING', mode: 'REPEATED' }],
      [{ name: 'a', type: 'STRING', maxLength: 5 }],
      [{ name: 'a', type: 'RECORD', fields: [{ name: 'a', type: 'STRING' }] }],
    ].map((fields) => schemaDigest(parse(fields)));
    expect(new Set([schemaDigest(a), ...others])).toHaveLength(7);
  });
});
