import Table from 'cli-table3';
import colours from 'picocolors';
import type { Decision, Evaluation, Gate, PolicyResult, StageRecord } from './answers.js';
import { frontierPlot, usd } from './plot.js';

export interface Missing {
  what: string;
  how: string;
}

/** Everything that the report tells; counts are totals in the database. */
export interface Report {
  sample: { scenario: string; seed: number } | null;
  callsStored: number;
  callsDuplicate: number;
  storedNow: number;
  duplicateNow: number;
  callsSkipped: Record<string, number>;
  labels: Record<string, number>;
  replayCells: number;
  datasetHash: string | null;
  routerName: string;
  routerType: string | null;
  championVersion: string | null;
  trainedVersion: string | null;
  evaluation: Evaluation | null;
  gate: Gate | null;
  decision: Decision | null;
  prompt: string | null;
  stages: StageRecord[];
  missing: Missing[];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const points = (share: number): string => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)}`;
const ci = (interval: number[] | null, show: (value: number) => string): string =>
  interval?.length === 2 ? `[${show(interval[0]!)}, ${show(interval[1]!)}]` : '';

/** One JSON object for programs; docs/quickstart.md names its fields. Holds no times or random ids: same seed, same object. */
export function reportJson(report: Report): Record<string, unknown> {
  const { callsStored, callsDuplicate, callsSkipped, labels, replayCells, datasetHash, championVersion } = report;
  return {
    callsStored,
    callsDuplicate,
    callsSkipped,
    labels,
    replayCells,
    datasetHash,
    results: report.evaluation?.results ?? [],
    gatePassed: report.gate?.passed ?? false,
    championVersion,
    decision: report.decision && withoutTime(report.decision),
    missing: report.missing,
  };
}

function withoutTime({
  candidate,
  propensity,
  explored,
  fellBack,
  masked,
  routerVersion,
  scores,
}: Decision): Record<string, unknown> {
  return { candidate, propensity, explored, fellBack, masked, routerVersion, scores };
}

export function reportText(report: Report): string {
  return [
    ...header(report),
    ...callsSection(report),
    ...labelsSection(report),
    ...(report.evaluation ? policiesSection(report.evaluation, report) : []),
    ...(report.gate ? gateSection(report.gate, report) : []),
    ...(report.decision ? decisionSection(report.decision, report) : []),
    ...missingSection(report.missing),
    '',
  ].join('\n');
}

const title = (text: string): string[] => ['', colours.bold(text)];

function header({ sample }: Report): string[] {
  if (!sample) return title('Signalbox: the loop on your own traces');
  return [
    ...title('Signalbox: the whole loop, once'),
    colours.dim(
      `This is sample traffic (scenario ${sample.scenario}, seed ${sample.seed}): made-up candidates and a scripted judge, read over HTTP as real ones are.`,
    ),
  ];
}

function callsSection(report: Report): string[] {
  const skipped = Object.entries(report.callsSkipped).sort(([, a], [, b]) => b - a);
  return [
    ...title('Calls'),
    `  ${report.callsStored} LLM calls in the database; this run stored ${report.storedNow} and met ${report.duplicateNow} that were there already.`,
    ...(skipped.length > 0
      ? [
          `  Spans that are no calls: ${skipped.map(([reason, n]) => `${reason.replaceAll('_', ' ')} ${n}`).join(', ')}.`,
        ]
      : []),
  ];
}

function labelsSection({ labels, replayCells }: Report): string[] {
  const kinds = Object.entries(labels).map(([kind, n]) => `${kind.toLowerCase()} ${n}`);
  return [
    ...title('Labels and replay'),
    `  ${kinds.length > 0 ? kinds.join(', ') : 'no labels'}; ${replayCells} replayed answers.`,
  ];
}

function policiesSection(evaluation: Evaluation, report: Report): string[] {
  const table = new Table({
    head: ['policy', 'quality', '95 %', 'gain, points', '95 %', 'of the gap', 'USD a call', 'saved net'],
    colAligns: ['left', 'right', 'left', 'right', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true }, // cli-table3 colours even where nobody reads colours
  });
  const mark = (policy: string) => (policy === report.routerType ? colours.green(`${policy} (this router)`) : policy);
  const row = (result: PolicyResult): string[] => [
    mark(result.policy),
    percent(result.quality),
    ci(result.qualityCi95, (value) => (value * 100).toFixed(1)),
    result.gainOverBestSingle === null ? '' : points(result.gainOverBestSingle),
    ci(result.gainCi95, points),
    result.gapRecovered === null ? '' : percent(result.gapRecovered),
    result.costUsdPerCall === null ? 'unknown' : usd(result.costUsdPerCall),
    result.savedNetUsdPerCall === null ? '' : usd(result.savedNetUsdPerCall),
  ];
  table.push(...evaluation.results.map(row));
  const router = evaluation.results.find((result) => result.policy === report.routerType);
  return [
    ...title(`Policies on ${evaluation.prompts} prompts that training never saw (${evaluation.method})`),
    table.toString(),
    colours.dim(
      '  gain: paired with the best single candidate, chosen on train; saved net: against the policy as logged, after judge and replay.',
    ),
    ...(router ? [`  The router sends ${shares(router.share)}.`] : []),
    ...(router?.asPeople
      ? [
          `  People would put its gain at ${points(router.asPeople.gainOverBestSingle)} points ${ci(router.asPeople.gainCi95, points)}, by what they scored.`,
        ]
      : []),
    ...evaluation.notes.map((note) => colours.yellow(`  Note: ${note}`)),
    ...evaluation.refused.map(({ code, message }) => colours.yellow(`  Not shown: ${message} (${code})`)),
    ...title('Cost and quality'),
    ...frontierPlot(evaluation, report.routerType ?? '').map((line) => `  ${line}`),
  ];
}

function shares(share: Record<string, number>): string {
  return Object.entries(share)
    .filter(([, part]) => part > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([candidate, part]) => `${percent(part)} to ${candidate}`)
    .join(', ');
}

function gateSection(gate: Gate, report: Report): string[] {
  const verdict = gate.passed ? colours.green('passed') : colours.red('refused');
  return [
    ...title(`Gate of ${report.trainedVersion ?? 'the trained version'}: ${verdict}`),
    ...gate.checks.map(
      ({ name, passed, measured, required }) =>
        `  ${passed ? colours.green('ok') : colours.red('no')} ${name}: ${measured} (required: ${required})`,
    ),
    ...(gate.power === null
      ? []
      : [
          `  Power ${percent(gate.power)}${gate.promptsNeeded === null ? '' : `; ${gate.promptsNeeded} prompts would be enough for 80 %`}.`,
        ]),
    `  In production now: ${report.championVersion ?? 'nothing'}.`,
  ];
}

function decisionSection(decision: Decision, report: Report): string[] {
  const why =
    decision.scores.length === 0
      ? 'No label says yet which candidate is best: the first one named answers everything.'
      : decision.explored
        ? 'It was drawn to explore.'
        : decision.fellBack
          ? 'The prompt is unlike those of training, so the best single candidate answers.'
          : 'It has the best expected quality for its cost.';
  const prompt = (report.prompt ?? '').replaceAll(/\s+/g, ' ');
  return [
    ...title('One decision'),
    `  "${prompt.slice(0, 110)}${prompt.length > 110 ? ' ...' : ''}"`,
    `  goes to ${colours.bold(decision.candidate)} with probability ${decision.propensity.toFixed(3)}, by ${decision.routerVersion} in ${decision.decidedInMicroseconds} microseconds. ${why}`,
    ...decision.scores.map(
      ({ candidate, expectedQuality, expectedCostUsd, probability }) =>
        `    ${candidate.padEnd(20)} quality ${percent(expectedQuality).padStart(7)}   cost ${(expectedCostUsd === null ? 'unknown' : usd(expectedCostUsd)).padStart(10)}   chosen ${percent(probability).padStart(7)}`,
    ),
  ];
}

function missingSection(missing: Missing[]): string[] {
  if (missing.length === 0) return [];
  return [...title('What is missing, and how to get it'), ...missing.map(({ what, how }) => `  - ${what} ${how}`)];
}
