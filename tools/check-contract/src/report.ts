import { type Difference } from './differences.js';
import { type SinceLanded } from './landed.js';
import { type Sorted } from './not-yet.js';

export interface Report {
  ok: boolean;
  contract: ContractReport;
  landed: LandedReport;
}

/** Absent where the contract is not beside the clone. */
export type ContractReport = { file: string } & (({ skipped: false } & Sorted) | { skipped: true });

export interface LandedReport extends SinceLanded {
  /** Whether the file was rewritten. */
  accepted: boolean;
  /** Those of `breaking` that the changelog does not name. */
  unannounced: Difference[];
}

export function reportOf(contract: ContractReport, landed: LandedReport): Report {
  const kept = contract.skipped || contract.missing.length + contract.differs.length + contract.stale.length === 0;
  return { ok: kept && (landed.current || landed.accepted), contract, landed };
}

/** For people; ends with a newline. */
export function reportText({ contract, landed }: Report): string {
  return [...contractLines(contract), ...landedLines(landed), ''].join('\n');
}

function contractLines(contract: ContractReport): string[] {
  if (contract.skipped) return [`skipped contract: ${contract.file} is not there`];
  const { file, missing, differs, expected, stale } = contract;
  return [
    `contract ${file}: ${missing.length} missing, ${differs.length} differ, ${expected.length} not there yet, ${stale.length} stale`,
    ...group('missing; promised and neither there nor listed in tools/check-contract/not-yet.json', missing.map(line)),
    ...group('differs', differs.map(line)),
    ...group(
      'not there yet',
      expected.map(({ coordinate, issue }) => `${coordinate} (issue ${issue})`),
    ),
    ...group('stale; not missing any more, so delete the entry in tools/check-contract/not-yet.json', stale),
  ];
}

function landedLines({ current, accepted, breaking, added, unannounced }: LandedReport): string[] {
  if (current) return ['landed: the API is the one that landed last'];
  const named = breaking.filter((change) => !unannounced.includes(change));
  return [
    `landed: ${breaking.length} breaking, ${added.length} added${accepted ? '; accepted' : ''}`,
    ...group('breaking', named.map(line)),
    ...group(
      "breaking, and not named in backticks under ### Breaking of CHANGELOG.md's newest version",
      unannounced.map(line),
    ),
    ...group('added', added),
    ...(accepted ? [] : [nextStep(unannounced)]),
  ];
}

function nextStep(unannounced: readonly Difference[]): string {
  const accept = 'run `npm run check-contract -- --accept` and commit tools/check-contract/landed.graphql';
  return unannounced.length === 0
    ? `  Next: ${accept}.`
    : `  Next: keep what landed, or say under ### Breaking what clients do instead, then ${accept}.`;
}

const line = ({ coordinate, promised, actual }: Difference): string =>
  actual === undefined ? `${coordinate}: ${promised}` : `${coordinate}: ${promised}; found ${actual}`;

const group = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`  ${title}`, ...lines.map((text) => `    ${text}`)];
