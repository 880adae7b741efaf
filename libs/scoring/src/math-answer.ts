/** After which a decimal is no answer that somebody wrote. */
const MAX_DECIMALS = 30;
const SPACING = /\\[!,;: ]|~|\s/gu;
const UNIT = /(?<=.)\\(?:text|mathrm|mbox)\{[^{}]*\}(?:\^\{?\d\}?)?$/u;
const WORDS = /^\\(?:text|mathrm|mbox|textbf|mathbf)\{([^{}]*)\}$/u;

/** What the last `\boxed{...}` or `\fbox{...}` of a text holds, its braces matched; null where none is closed. */
export function boxedAnswer(text: string): string | null {
  const start = Math.max(text.lastIndexOf('\\boxed{'), text.lastIndexOf('\\fbox{'));
  if (start < 0) return null;
  const first = text.indexOf('{', start) + 1;
  for (let at = first, open = 1; at < text.length; at++) {
    if (text[at] === '{') open++;
    else if (text[at] === '}' && --open === 0) return text.slice(first, at);
  }
  return null;
}

/**
 * A mathematical answer as one string, so that equal answers mostly are equal strings: the normaliser of Hendrycks et al.,
 * "Measuring mathematical problem solving with the MATH dataset", 2021. Beyond it, whole decimals are exact (0.25 is 1/4, 18.00
 * is 18), thousands may be separated by commas, and a unit or words in `\text{}` need no space before them.
 */
export function normaliseMath(answer: string): string {
  const bare = answer
    .replaceAll('\u2212', '-')
    .replaceAll('{,}', ',')
    .replaceAll('\\\\', '\\')
    .replace(/\\[tdc]frac/gu, '\\frac')
    .replace(/\\(?:left|right)(?![a-z])/gu, '')
    .replace(/\^\{?\\circ\}?|°|\\?%|\\?\$/gu, '')
    .trim();
  const words = WORDS.exec(bare)?.[1];
  const joined = (words ?? bare.replace(UNIT, '')).replace(SPACING, '').replace(/\.$/u, '');
  return numberOf(
    joined
      .replace(/^[^=]{1,2}=(?=[^=]+$)/u, '')
      .replace(/\\sqrt([^{[\\])/gu, '\\sqrt{$1}')
      .replace(/\\frac(\{[^{}]*\}|[^{}\\])(\{[^{}]*\}|[^{}\\])/gu, (_, over: string, under: string) =>
        ['\\frac', braced(over), braced(under)].join(''),
      )
      .replace(/^(-?)(\d+)\/(\d+)$/u, '$1\\frac{$2}{$3}')
      .replace(/^\\frac\{-([^{}]+)\}/u, '-\\frac{$1}'),
  );
}

const braced = (part: string): string => (part.startsWith('{') ? part : `{${part}}`);

/** A whole decimal as a whole number or a fraction in lowest terms; anything else as it is. */
function numberOf(text: string): string {
  const plain = /^-?\d{1,3}(?:,\d{3})+(?:\.\d*)?$/u.test(text) ? text.replaceAll(',', '') : text;
  const decimal = /^(-?)(\d*)(?:\.(\d*))?$/u.exec(plain);
  const [, minus = '', whole = '', decimals = ''] = decimal ?? [];
  if (!decimal || `${whole}${decimals}` === '' || decimals.length > MAX_DECIMALS) return text;
  const [over, under] = [BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length)];
  const divisor = greatestCommonDivisor(over, under);
  const sign = over === 0n ? '' : minus;
  return under === divisor ? `${sign}${over / divisor}` : `${sign}\\frac{${over / divisor}}{${under / divisor}}`;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}
