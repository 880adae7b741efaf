import { describe, expect, it } from '@jest/globals';
import { expressionOf, judgeLicences } from './licences.mjs';
import { AGAINST_SERVICES, ALLOWED } from './policy.mjs';

const entry = (name, licence, more = {}) => ({ name, version: '1.0.0', development: false, license: licence, ...more });
const judge = (packages, exceptions = [], files = {}) =>
  judgeLicences(packages, { allowed: ALLOWED, againstServices: AGAINST_SERVICES, exceptions }, (file) => files[file]);
const faultsOf = (...packages) => judge(packages).faults;

describe('the licence of a package', () => {
  it('is read from the forms that package.json has had', () => {
    expect(expressionOf({ license: '(MIT OR X11)' })).toBe('(MIT OR X11)');
    expect(expressionOf({ license: { type: 'ISC', url: 'https://example.org' } })).toBe('ISC');
    expect(expressionOf({ licenses: [{ type: 'MIT' }] })).toBe('MIT');
    expect(expressionOf({ licenses: [{ type: 'GPL-3.0-only' }, { type: 'MIT' }] })).toBe('(GPL-3.0-only OR MIT)');
    expect(expressionOf({})).toBeUndefined();
  });

  it('passes where one way to meet it is allowed', () => {
    expect(
      faultsOf(
        entry('a', 'MIT'),
        entry('b', '(GPL-3.0-only OR MIT)'),
        entry('c', '(MIT AND BSD-3-Clause)'),
        entry('d', undefined, { licenses: [{ type: 'MIT' }] }),
      ),
    ).toEqual([]);
  });

  it.each([
    'Elastic-2.0',
    'SSPL-1.0',
    'BUSL-1.1',
    'AGPL-3.0-only',
    'AGPL-3.0-or-later',
    'MIT AND SSPL-1.0',
    'Commons-Clause',
  ])('is refused as %s, which forbids or restricts use as a service', (licence) => {
    const [fault] = faultsOf(entry('closed', licence));
    expect(fault).toMatch(/closed@1\.0\.0: .*restricts use as a service\.\n {2}Next: .*ADR/s);
  });

  it('is refused when its file takes back what package.json declares', () => {
    const text = 'Apache License, with the "Commons Clause" License Condition v1.0';
    expect(faultsOf(entry('half', 'Apache-2.0', { text }))).toEqual([expect.stringMatching(/^half@1.*Commons Clause/)]);
  });

  it('is refused, with the next step, when it is unknown, unnamed, or of another kind', () => {
    expect(faultsOf(entry('odd', 'SEE LICENSE IN LICENSE'))).toEqual([
      expect.stringMatching(/^odd@1\.0\.0: "SEE LICENSE IN LICENSE" is no SPDX licence\.\n {2}Next: /),
    ]);
    expect(faultsOf(entry('mute', undefined))).toEqual([expect.stringMatching(/^mute@1\.0\.0: names no licence/)]);
    expect(faultsOf(entry('copyleft', 'GPL-3.0-only'))).toEqual([expect.stringMatching(/not among the allowed/)]);
  });
});

describe('an exception', () => {
  const exception = { licence: 'Elastic-2.0', packages: ['@x/gateway'], adr: 'docs/adr/1.md' };
  const used = [entry('@x/gateway', 'Elastic-2.0')];

  it('holds for the named package under that licence, as long as the ADR names it', () => {
    expect(judge(used, [exception], { 'docs/adr/1.md': 'We use `@x/gateway`.' }).faults).toEqual([]);
    const other = [...used, entry('@x/planner', 'Elastic-2.0')];
    expect(judge(other, [exception], { 'docs/adr/1.md': '@x/gateway' }).faults).toEqual([
      expect.stringMatching(/^@x\/planner@/),
    ]);
  });

  it('fails without the ADR, and when the ADR names only a longer name', () => {
    expect(judge(used, [exception]).faults).toEqual([expect.stringMatching(/docs\/adr\/1\.md, which is not there/)]);
    expect(judge(used, [exception], { 'docs/adr/1.md': '@x/gateway-tools' }).faults).toEqual([
      expect.stringMatching(/does not name @x\/gateway,/),
    ]);
  });

  it('fails when nothing needs it any more', () => {
    const changed = [entry('@x/gateway', 'MIT')];
    expect(judge(changed, [exception], { 'docs/adr/1.md': '@x/gateway' }).faults).toEqual([
      expect.stringMatching(/not used under Elastic-2\.0 any more/),
    ]);
  });
});

it('counts packages by licence, most first', () => {
  const { rows } = judge([entry('a', 'ISC'), entry('b', 'MIT'), entry('c', 'MIT', { development: true })]);
  expect(rows).toEqual([
    { licence: 'MIT', production: 1, development: 1, packages: 'b, c' },
    { licence: 'ISC', production: 1, development: 0, packages: 'a' },
  ]);
});
