/** A refusal that tells what to do instead. */
export class NounRefused extends Error {
  constructor(code, message, nextStep) {
    super(`${code}: ${message}\n  Next: ${nextStep}`);
  }
}

/** Where Nest, TypeORM, PostgreSQL and GraphQL let a noun live; the gateway, the CLI and standalone keep none. */
const SERVICES = ['ingest', 'labeling', 'embedding', 'training', 'registry'];

const SINGULAR = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/;
const LONGEST = 40; // with the schema and a suffix it stays below PostgreSQL's 63 bytes

/** Of these PostgreSQL makes no table without quotes (its reserved words), or GraphQL a type of its own. */
const RESERVED = new Set(
  (
    'all analyse analyze and any array as asc both case cast check collate column constraint create default desc distinct do else ' +
    'end except false fetch for foreign from grant group having in initially into lateral leading limit not null offset on only or ' +
    'order placing primary references returning select some symmetric table then to trailing true union unique user using variadic ' +
    'when where window with string int float boolean id query mutation subscription'
  ).split(' '),
);

const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const pascalOf = (kebab) => kebab.split('-').map(capital).join('');
const camelOf = (kebab) => pascalOf(kebab).replace(/^./, (first) => first.toLowerCase());

function pluralOf(noun) {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|z|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

/** Every form of a noun that its files need. @throws NounRefused when it cannot be one */
export function namesOf(service, noun, plural = pluralOf(noun ?? '')) {
  if (!SERVICES.includes(service)) {
    throw new NounRefused(
      'NOT_FOUND',
      `There is no service "${service}".`,
      `Name one of ${SERVICES.join(', ')}: npm run new-noun -- SERVICE NOUN`,
    );
  }
  for (const word of [noun, plural]) {
    if (SINGULAR.test(word) && word.length <= LONGEST) continue;
    throw new NounRefused(
      'INVALID_INPUT',
      `"${word}" is no name for a noun.`,
      `Write lower-case words with hyphens, at most ${LONGEST} characters: rubric, price-list.`,
    );
  }
  if (/[^s]s$/.test(noun) && !/(us|is|as)$/.test(noun)) {
    throw new NounRefused(
      'INVALID_INPUT',
      `"${noun}" looks like a plural.`,
      'Give the singular; --plural names another plural than the usual one.',
    );
  }
  if (RESERVED.has(noun)) {
    throw new NounRefused(
      'INVALID_INPUT',
      `"${noun}" is a reserved word of PostgreSQL or GraphQL.`,
      'Say it otherwise.',
    );
  }
  if (noun === plural) {
    throw new NounRefused('INVALID_INPUT', `Singular and plural are both "${noun}".`, 'Give another one as --plural.');
  }
  return {
    service,
    noun,
    plural,
    type: pascalOf(noun),
    types: pascalOf(plural),
    field: camelOf(noun),
    fields: camelOf(plural),
    words: noun.replaceAll('-', ' '),
    wordsPlural: plural.replaceAll('-', ' '),
    table: `${service}.${noun.replaceAll('-', '_')}`,
    graph: `${pascalOf(service)}Graph`,
  };
}
