import { combineCrc32c, formatCrc32c, parseCrc32c } from '@firesink/shared/snapshots/crc32c.ts';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, test } from 'vitest';

// Check values: RFC 3720, appendix B.4; "123456789" is the catalogue's.
const CASES = [
  { bytes: Buffer.alloc(0), crc: 0x00000000, text: 'AAAAAA==' },
  { bytes: Buffer.from('123456789'), crc: 0xe3069283, text: '4waSgw==' },
  { bytes: Buffer.alloc(32), crc: 0x8a9136aa, text: 'ipE2qg==' },
  { bytes: Buffer.alloc(32, 0xff), crc: 0x62a8ab43, text: 'YqirQw==' },
];

describe('the text form of a CRC32C', () => {
  for (const { bytes, crc, text } of CASES) {
    test(`${text} leads to its number and back`, ({ expect }) => {
      expect(formatCrc32c(crc)).toBe(text);
      expect(parseCrc32c(text)).toBe(crc);
      expect(crc32c(bytes)).toBe(crc);
    });
  }

  test('is refused when it is not four bytes in base64', ({ expect }) => {
    for (const text of ['', '4waSg', '4waSgw', '4waSgwA=', '4waSgx==', '!!!!', 'e3069283']) {
      expect(parseCrc32c(text), text).toBeUndefined();
    }
  });
});

describe('combining two checksums', () => {
  test('gives the checksum of the whole', ({ expect }) => {
    const of1234 = 0xf63af4ee;
    const of56789 = 0x83b565d8;
    expect([crc32c('1234'), crc32c('56789')]).toEqual([of1234, of56789]);
    expect(combineCrc32c(of1234, of56789, 5)).toBe(0xe3069283);
  });

  test('with nothing on either side changes nothing', ({ expect }) => {
    expect(combineCrc32c(0xe3069283, 0, 0)).toBe(0xe3069283);
    expect(combineCrc32c(0, 0xe3069283, 9)).toBe(0xe3069283);
  });

  test('agrees with the checksum computed in one go, for any cut of any bytes', ({ expect }) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000 }),
        fc.uint8Array({ maxLength: 3000 }),
        (a, b) => {
          expect(combineCrc32c(crc32c(a), crc32c(b), b.length)).toBe(crc32c(Buffer.concat([a, b])));
        },
      ),
    );
  });

  test('does not lose its way past 4 GiB', ({ expect }) => {
    // 8 GiB of zeros behind "123456789", added in one step and in 8,192 steps of 1 MiB.
    const mebibyte = crc32c(Buffer.alloc(2 ** 20));
    let zeros = 0;
    let whole = 0xe3069283;
    for (let i = 0; i < 8192; i++) {
      zeros = combineCrc32c(zeros, mebibyte, 2 ** 20);
      whole = combineCrc32c(whole, mebibyte, 2 ** 20);
    }
    expect(combineCrc32c(0xe3069283, zeros, 2 ** 33)).toBe(whole);
  });
});
