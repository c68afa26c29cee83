import { describe, test } from 'vitest';
import { parseFilter } from '../../infra/local/pubsub/filter.ts';

describe('a filter', () => {
  test.for([
    ['', {}, true],
    ['   ', { a: 'b' }, true],
    ['attributes:name', { name: '' }, true],
    ['attributes:name', { Name: 'x' }, false],
    ['NOT attributes:name', { name: 'x' }, false],
    ['-attributes:name', { other: 'x' }, true],
    ['NOT NOT attributes:name', { name: 'x' }, true],
    ['attributes.name = "com"', { name: 'com' }, true],
    ['attributes.name="com"', { name: 'COM' }, false],
    ['attributes.name != "com"', { name: 'net' }, true],
    ['attributes.name != "com"', {}, true],
    ['attributes.name != "com"', { name: 'com' }, false],
    ['hasPrefix(attributes.name, "co")', { name: 'com' }, true],
    ['hasPrefix(attributes.name,"co")', { name: 'Com' }, false],
    ['hasPrefix(attributes.name, "")', {}, false],
    ['attributes.is-even = "yes"', { 'is-even': 'yes' }, true],
    ['attributes."iana.org/language_tag" = "en"', { 'iana.org/language_tag': 'en' }, true],
    ['attributes:"\\u307F\\u3093\\u306A"', { みんな: '' }, true],
    ['attributes.q = "say \\"hi\\"\\n\\x41\\101"', { q: 'say "hi"\nAA' }, true],
    ['attributes.a = "AND"', { a: 'AND' }, true],
    ['attributes:__proto__', {}, false],
    ['attributes:toString', {}, false],
    ['attributes:a AND attributes:b AND attributes:c', { a: '', b: '', c: '' }, true],
    ['attributes:a AND attributes:b', { a: '' }, false],
    ['attributes:a OR attributes:b OR attributes:c', { c: '' }, true],
    ['attributes:a OR attributes:b', {}, false],
    ['attributes:a AND (attributes.b = "1" OR attributes.b = "2")', { a: '', b: '2' }, true],
    ['attributes:a AND (attributes.b = "1" OR attributes.b = "2")', { a: '', b: '3' }, false],
    ['NOT (attributes:a OR attributes:b)', { b: '' }, false],
    ['attributes:a AND -attributes:b', { a: '' }, true],
  ] as const)('%j of %j is %j', ([expression, attributes, matches], { expect }) => {
    expect(parseFilter(expression)({ ...attributes })).toBe(matches);
  });

  test.for([
    ['bogus', "unexpected 'bogus' at position 1."],
    ['attributes', 'unexpected the end at position 11.'],
    ['attributes.name', 'unexpected the end at position 16.'],
    ['attributes.name = com', 'a string literal is needed at position 19.'],
    ['attributes.name = "com', `a string literal is needed at position 19.`],
    ['"com" = attributes.name', `unexpected '"com"' at position 1.`],
    ['attributes.name = attributes.website', 'a string literal is needed at position 19.'],
    ['attributes.size > "3"', "unexpected '>' at position 17."],
    ['attributes:a and attributes:b', "unexpected 'and' at position 14."],
    ['attributes:a AND', 'unexpected the end at position 17.'],
    ['(attributes:a', 'unexpected the end at position 14.'],
    ['attributes:a)', "unexpected ')' at position 13."],
    ['hasSuffix(attributes.a, "b")', "unexpected 'hasSuffix' at position 1."],
    [
      'attributes:a AND attributes:b OR attributes:c',
      'AND and OR cannot be combined without parentheses at position 31.',
    ],
  ])('%j is refused: %s', ([expression = '', reason], { expect }) => {
    expect(() => parseFilter(expression)).toThrow(
      `Invalid filter (filter=${expression}): ${reason}`,
    );
  });

  test('of more than 256 bytes is refused', ({ expect }) => {
    const filter = (text: string) => `attributes.a = "${text}"`;
    expect(parseFilter(filter('é'.repeat(119)))({ a: 'é'.repeat(119) })).toBe(true);
    expect(() => parseFilter(filter('é'.repeat(120)))).toThrow(
      'The value for filter is too large. You passed 257 in the request, but the maximum value is 256.',
    );
  });
});
