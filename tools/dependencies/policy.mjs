/** Licences under which anybody may use, change and serve a package. Data that tools read (CC) is only attributed. */
export const ALLOWED = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'CC0-1.0',
  'CC-BY-3.0',
  'CC-BY-4.0',
];

/** What forbids, or ties to conditions, offering the software as a service: by SPDX identifier, and by a licence's own words. */
export const AGAINST_SERVICES = [
  { licence: 'Elastic', id: /^Elastic-/, words: /\bElastic License\b/i },
  { licence: 'SSPL', id: /^SSPL-/, words: /Server Side Public License/i },
  { licence: 'BUSL', id: /^BUSL-/, words: /Business Source License/i },
  { licence: 'AGPL', id: /^AGPL-/, words: /GNU AFFERO GENERAL PUBLIC LICENSE/i },
  { licence: 'Commons Clause', id: /Commons-?Clause/i, words: /Commons Clause/i },
  { licence: 'FSL', id: /^FSL-/, words: /Functional Source License/i },
  { licence: 'PolyForm', id: /^PolyForm-/, words: /PolyForm/i },
];

/** Packages that are used all the same: each is named here and in the ADR that says why. */
export const EXCEPTIONS = [
  {
    licence: 'Elastic-2.0',
    packages: [
      '@apollo/gateway',
      '@apollo/composition',
      '@apollo/federation-internals',
      '@apollo/query-graphs',
      '@apollo/query-planner',
    ],
    adr: 'docs/adr/0005-apollo-gateway.md',
  },
];
