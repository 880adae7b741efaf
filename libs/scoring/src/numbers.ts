// A minus after a word, a number or a bracket joins or subtracts; elsewhere it is the number's sign.
const NUMBER =
  /(?:(?<![\p{L}\p{N})\]}])-)?\p{Sc}?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?:\.\d+)?(?:e[-+]?\d{1,4}(?!\d))?/giu;
const FRACTION = /(?:\d\s{0,9}\/\s{0,9}\d+|\\d?frac\s{0,9}\{[^{}]*\}\s{0,9}\{[^{}]*\})\D*$/u;

/**
 * The number that a text ends in, written so that equal numbers are equal strings: after the last `####` (GSM8K), else inside of
 * the last `\boxed{...}`, else the last one of the text. Thousands may be separated by commas. Null when there is none.
 */
export function finalNumber(text: string): string | null {
  const last = finalPart(text.replaceAll('\u2212', '-')).match(NUMBER)?.at(-1);
  return last === undefined ? null : canonicalNumber(last);
}

/** Whether a text ends in a fraction, of which {@link finalNumber} would take the denominator. */
export function endsInFraction(text: string): boolean {
  return FRACTION.test(finalPart(text));
}

function finalPart(text: string): string {
  const marked = text.lastIndexOf('####');
  if (marked >= 0) return text.slice(marked + 4);
  return [...text.matchAll(/\\boxed\{([^{}]*)\}/gu)].at(-1)?.[1] ?? text;
}

/** Digits without zeros at either end, and a power of ten: exact at any length, where a float would round. */
function canonicalNumber(number: string): string {
  const [mantissa = '', exponent = '0'] = number
    .toLowerCase()
    .replaceAll(/[^\d.e+-]/g, '')
    .split('e');
  const [whole = '', decimals = ''] = mantissa.replace('-', '').split('.');
  const digits = `${whole}${decimals}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const power = Number(exponent) - decimals.length + (digits.length - significant.length);
  return `${mantissa.startsWith('-') ? '-' : ''}${significant}e${power}`;
}
