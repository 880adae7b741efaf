import { isIPv6 } from 'node:net';

/** What a detector takes for personal data, by the word that is left in its place. */
export type PersonalDataKind = 'key' | 'email' | 'iban' | 'card' | 'ip' | 'phone' | 'number' | 'link';

export interface Detector {
  kind: PersonalDataKind;
  /** Global. Linear on any text: every repetition is bounded, or begins where no match of it could have begun before. */
  pattern: RegExp;
  /** Part of the match that is personal data; '' when it only looks like some. All of it when absent. */
  within?: (match: string) => string;
}

/** Length of an IBAN by country: ISO 13616 registry. */
const IBAN_LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 ' +
    'GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 ' +
    'MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 ' +
    'TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry): [string, number] => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** Prefixes that issuers give their keys, so that they can be found where they leak. */
const ISSUED_KEYS = [
  'sk-[\\w-]{16,512}',
  '(?:sk|pk|rk)_(?:live|test)_\\w{16,512}',
  'gh[pousr]_\\w{30,512}',
  'github_pat_\\w{40,512}',
  'glpat-[\\w-]{20,512}',
  'xox[abeprs]-[\\w-]{10,512}',
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  'AIza[\\w-]{35}',
  'ya29\\.[\\w-]{20,1024}',
  'hf_[A-Za-z0-9]{30,512}',
  'npm_[A-Za-z0-9]{36}',
  'SG\\.[\\w-]{16,64}\\.[\\w-]{16,128}',
  'eyJ[\\w-]{8,4096}\\.[\\w-]{8,8192}\\.[\\w-]{8,2048}',
].join('|');

const SECRET_NAMES =
  'api[_-]?key|secret(?:[_-]?key)?|access[_-]?key|password|passwd|pwd|auth[_-]?token|access[_-]?token';

/** In this order: what one takes is not looked at by the next. */
export const DETECTORS: readonly Detector[] = [
  {
    kind: 'key',
    pattern: /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[A-Za-z0-9+/=\s\\:,]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  },
  { kind: 'key', pattern: new RegExp(`(?<![\\w-])(?:${ISSUED_KEYS})`, 'g') },
  {
    kind: 'key',
    pattern: /(?<![\w-])bearer\s{1,4}[\w.~+/-]{20,4096}/gi,
    within: (match) => match.replace(/^\S+\s+/, ''),
  },
  {
    kind: 'key',
    pattern: new RegExp(
      `(?<![a-z])(?:${SECRET_NAMES})\\\\?["']?\\s{0,4}[:=]{1,2}\\s{0,4}\\\\?["']?[^\\s"',;\\\\]{6,512}`,
      'gi',
    ),
    within: (match) => match.replace(/^[^:=]{1,40}[:=]{1,2}\s*\\?["']?/, ''),
  },
  {
    kind: 'email',
    pattern:
      /(?<![\p{L}\p{N}._%+'-])[\p{L}\p{N}_%+][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.){1,8}[\p{L}]{2,24}(?![\p{L}\p{N}])/gu,
  },
  { kind: 'iban', pattern: /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}/g, within: ibanIn },
  { kind: 'card', pattern: /(?<![\d.,-])[2-6](?:[ -]?\d){12,18}(?![\d])/g, within: cardIn },
  {
    kind: 'ip',
    pattern: /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)/g,
  },
  {
    kind: 'ip',
    pattern: /(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])/gi,
    within: ipv6In,
  },
  {
    kind: 'phone',
    pattern: /(?<![\w+.,/=-])(?<!\d[ ./-])(?:\+|00)[1-9](?:[ ./()-]{0,2}\d){6,14}(?!\d)/g,
  },
  { kind: 'phone', pattern: /(?<![\w+.,/=-])(?<!\d[ ./-])\(0?\d{2,5}\)[ ./-]{0,2}\d(?:[ ./-]?\d){4,9}(?!\d)/g },
  { kind: 'phone', pattern: /(?<![\w+.,/=$€£-])(?<!\d[ ./-])(?:1[ .-])?[2-9]\d{2}([ .-])\d{3}\1\d{4}(?![\d-])/g },
  {
    kind: 'phone',
    pattern: /(?<![\w+.,/=$€£-])(?<!\d[ ./-])0[1-9]\d{0,4}(?:[ /-]{1,3}\d{2,8}){1,5}(?![\d-])/g,
    within: nationalIn,
  },
  { kind: 'phone', pattern: /(?<![\w+.,/=$€£-])(?<!\d[ ./-])0[1-9]\d{8,11}(?!\d)/g },
];

/** What STRICT takes beside: whatever could lead to a person together with another source. */
export const STRICT_DETECTORS: readonly Detector[] = [
  ...DETECTORS,
  { kind: 'link', pattern: /(?<![a-z])https?:\/\/[^\s<>"')\]]{1,2048}/gi, within: privatePartOf },
  { kind: 'number', pattern: /(?<!\d)\d(?:[ ./-]?\d){5,40}(?!\d)/g },
];

function ibanIn(match: string): string {
  const length = IBAN_LENGTHS.get(match.slice(0, 2).toUpperCase());
  if (length === undefined) return '';
  let end = 0;
  for (let taken = 0; taken < length; end += 1) {
    if (end >= match.length) return '';
    if (/[A-Za-z0-9]/.test(match.charAt(end))) taken += 1;
  }
  const compact = match.slice(0, end).replace(/[ -]/g, '').toUpperCase();
  // ISO 7064, MOD 97-10: letters are numbers from 10, the country and the check digits go last.
  const digits = (compact.slice(4) + compact.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n ? match.slice(0, end) : '';
}

/** Luhn's check (ISO/IEC 7812-1). */
function cardIn(match: string): string {
  const digits = match.replace(/\D/g, '');
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - index)) * (index % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0 ? match : '';
}

/** `a::b` is a name in C++, and `12:30:45` is a time. */
function ipv6In(match: string): string {
  return isIPv6(match) && /[0-9a-f]{3}/i.test(match) ? match : '';
}

/** A national number has 8 to 12 digits; a date or a score has fewer. */
function nationalIn(match: string): string {
  const digits = match.replace(/\D/g, '').length;
  return digits >= 8 && digits <= 12 ? match : '';
}

/** Everything of a link behind its host: paths and queries name people, hosts name firms. */
function privatePartOf(match: string): string {
  return /^https?:\/\/[^/?#]*\/?(.*)$/is.exec(match)?.[1] ?? '';
}
