// Decimal numbers as text, taken apart and put together without rounding.

export interface Decimal {
  negative: boolean;
  /** Without leading zeros; empty for 0. */
  whole: string;
  /** Without trailing zeros. */
  fraction: string;
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** `-12.50`, `1e-7`; undefined for any other text. Exponents have at most four digits. */
export function parseDecimal(text: string): Decimal | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === '') return undefined;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return {
    negative: sign === '-',
    whole: digits.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, ''),
    fraction: `${'0'.repeat(Math.max(0, -point))}${digits.slice(Math.max(0, point))}`.replace(
      /0+$/,
      '',
    ),
  };
}

/** Without exponent: `-0.0000001`. */
export function formatDecimal({ negative, whole, fraction }: Decimal): string {
  return `${negative ? '-' : ''}${whole || '0'}${fraction && `.${fraction}`}`;
}
