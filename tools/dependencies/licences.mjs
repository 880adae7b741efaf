import parseExpression from 'spdx-expression-parse';
import satisfies from 'spdx-satisfies';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {boolean} development nothing that runs in production needs it
 * @property {unknown} [license] as its package.json says, else as the lock file does
 * @property {unknown} [licenses] the older form, a list
 * @property {string} [text] of its licence file
 */

/** The SPDX expression of a package; undefined when it names none. Of a list of licences the user may choose, npm's rule. */
export function expressionOf({ license, licenses }) {
  const named = [license ?? licenses].flat().flatMap((each) => (typeof each === 'string' ? each : (each?.type ?? [])));
  return named.length === 0 ? undefined : named.length === 1 ? named[0] : `(${named.join(' OR ')})`;
}

/** Identifiers in an expression; undefined when it is none. */
function identifiersIn(expression) {
  const leaves = (node) =>
    node.conjunction ? [...leaves(node.left), ...leaves(node.right)] : [`${node.license}${node.plus ? '+' : ''}`];
  try {
    return leaves(parseExpression(expression));
  } catch {
    return undefined;
  }
}

/** What is wrong with a package's licence; undefined when nothing is. */
function faultOf(entry, { allowed, againstServices }) {
  const shown = `${entry.name}@${entry.version}`;
  const expression = expressionOf(entry);
  const identifiers = expression === undefined ? undefined : identifiersIn(expression);
  const refusal = (why) =>
    `${shown}: ${why}.\n  Next: use another package; where there is none, write an ADR that names it, and add both to EXCEPTIONS in tools/dependencies/policy.mjs.`;
  if (expression !== undefined && identifiers && satisfies(expression, allowed)) {
    // What is declared counts, unless the licence file takes it back.
    const against = againstServices.find(({ words }) => words.test(entry.text ?? ''));
    return against && refusal(`declares ${expression}, and its licence file speaks of ${against.licence}`);
  }
  const against = againstServices.find(({ id, words }) =>
    (identifiers ?? [expression ?? '']).some((each) => id.test(each) || words.test(each)),
  );
  if (against) return refusal(`${expression} forbids or restricts use as a service`);
  if (!identifiers) {
    return `${shown}: ${expression === undefined ? 'names no licence' : `"${expression}" is no SPDX licence`}.\n  Next: read its licence file; if it is a known one, ask its authors to declare it, else use another package.`;
  }
  return `${shown}: ${expression} is not among the allowed licences.\n  Next: use another package, or add the licence to ALLOWED in tools/dependencies/policy.mjs if it allows use as a service and asks for nothing but attribution.`;
}

/**
 * Every package against the policy.
 * @param {Package[]} packages
 * @param {(file: string) => string | undefined} readText of a file of the repository
 * @returns {{ rows: { licence: string, production: number, development: number, packages: string }[], faults: string[] }}
 */
export function judgeLicences(packages, { allowed, againstServices, exceptions }, readText) {
  const faults = exceptions.flatMap((exception) => faultsOfException(exception, packages, readText));
  const excepted = ({ name, ...entry }) =>
    exceptions.some(({ licence, packages: names }) => names.includes(name) && licence === expressionOf(entry));
  for (const entry of packages) {
    const fault = excepted(entry) ? undefined : faultOf(entry, { allowed, againstServices });
    if (fault) faults.push(fault);
  }
  const rows = Map.groupBy(packages, (entry) => expressionOf(entry) ?? '(none)')
    .entries()
    .map(([licence, group]) => ({
      licence,
      production: group.filter(({ development }) => !development).length,
      development: group.filter(({ development }) => development).length,
      packages: shortList(group.map(({ name }) => name)),
    }))
    .toArray();
  return { rows: rows.toSorted((a, b) => b.production + b.development - (a.production + a.development)), faults };
}

function faultsOfException({ licence, packages: names, adr }, packages, readText) {
  const text = readText(adr);
  if (text === undefined)
    return [`The exceptions for ${licence} rest on ${adr}, which is not there.\n  Next: write it.`];
  return names.flatMap((name) => {
    if (!packages.some((entry) => entry.name === name && expressionOf(entry) === licence)) {
      return [
        `${name} is excepted from the rules and is not used under ${licence} any more.\n  Next: take it out of EXCEPTIONS.`,
      ];
    }
    // The whole name: `@apollo/gateway` is not named by a text about `@apollo/gateway-tools`.
    const named = text.split(/[^\w@/.-]+/).some((word) => word.replace(/\.$/, '') === name);
    return named
      ? []
      : [`${adr} does not name ${name}, which is used under ${licence}.\n  Next: say there why it is used.`];
  });
}

function shortList(names) {
  const distinct = [...new Set(names)].toSorted();
  return distinct.length > 6 ? `${distinct.slice(0, 3).join(', ')}, ...` : distinct.join(', ');
}
