import Table from 'cli-table3';
import colours from 'picocolors';
import type { MatrixEvaluation, PolicyFigures, RouterReport } from './evaluate-routers.js';

const RIGHT = 'right';

/** The evaluation for a person: data, policies with intervals, what each router saves, and which one would be registered. */
export function evaluationTable({ data, baselines, routers, default: registered }: MatrixEvaluation): string {
  const { split, candidates, comparedPrompts } = data;
  const source = {
    file: 'a test file',
    'grouped-random': `a grouped random split, seed ${split.seed}`,
    task: `a split by task, seed ${split.seed}`,
  }[split.kind];
  const table = new Table({
    head: [
      'policy',
      'quality',
      'USD / 1000 calls',
      'gain over best single [95%]',
      'of oracle gap',
      'AIQ (hull)',
      'saved at 98%',
    ],
    colAligns: ['left', RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT],
    style: { head: colours.isColorSupported ? ['bold'] : [], border: colours.isColorSupported ? ['gray'] : [] },
  });
  const baseline = (name: string, policy: PolicyFigures | MatrixEvaluation['baselines']['cheapest']): void => {
    table.push([name, percent(policy.quality), thousand(policy.costUsdPerCall), '', '', '', '']);
  };
  baseline('random', baselines.random);
  baseline(`cheapest: ${baselines.cheapest.candidate ?? 'unknown'}`, baselines.cheapest);
  baseline(`best single: ${baselines.bestSingle.candidate}`, baselines.bestSingle);
  for (const [name, router] of Object.entries(routers)) table.push(routerRow(name, router, name === registered));
  baseline('oracle', baselines.oracle);
  table.push(['all single candidates, mixed', '', '', '', '', ratio(baselines.singlesHull.aiq), '']);
  const leaks = split.trainPromptsLeftOutAsLeaks;
  return [
    `${data.prompts} prompts, ${candidates.length} candidates. Trained on ${split.trainPrompts}, compared on ${comparedPrompts} of ${split.testPrompts} test prompts (${source}).`,
    ...(leaks > 0 ? [`${leaks} training prompts resemble test prompts and were left out.`] : []),
    table.toString(),
    ...Object.entries(routers).map(([name, router]) =>
      sentence(name, router, name === registered, baselines.bestSingle),
    ),
    '',
  ].join('\n');
}

function routerRow(name: string, router: RouterReport, registered: boolean): string[] {
  const gain = `${points(router.gainOverBestSingle)} ${interval(router.gainCi95)}`;
  const proven = (router.gainCi95?.[0] ?? 0) > 0;
  return [
    registered ? colours.bold(`${name} (default)`) : name,
    percent(router.quality),
    thousand(router.costUsdPerCall),
    proven ? colours.green(gain) : gain,
    router.gapRecovered === null ? '' : `${(router.gapRecovered * 100).toFixed(0)}%`,
    ratio(router.aiq),
    router.costSavedAt98 === null ? '' : `${(router.costSavedAt98 * 100).toFixed(0)}%`,
  ];
}

function sentence(
  name: string,
  router: RouterReport,
  registered: boolean,
  bestSingle: PolicyFigures & { candidate: string },
): string {
  const title = registered ? `${name} would be registered` : name;
  if (router.params.alwaysBestSingle === 1) {
    return `${title}: no gain over ${bestSingle.candidate} was found out of fold, so every decision is ${bestSingle.candidate}.`;
  }
  const { atDefaultTradeoff: at } = router;
  const share =
    at.costUsdPerCall === null || !bestSingle.costUsdPerCall
      ? ''
      : `${((at.costUsdPerCall / bestSingle.costUsdPerCall) * 100).toFixed(0)}% of the best single's cost and `;
  const settings = Object.entries(router.params).map(([key, value]) => `${key} ${value}`);
  return `${title}: at its own tradeoff ${share}${points(at.gainOverBestSingle)} ${interval(at.gainCi95)}; ${settings.join(', ')}; a decision takes ${router.decideMicrosecondsP50.toFixed(0)} microseconds.`;
}

function percent(value: number | null): string {
  return value === null ? 'unknown' : `${(value * 100).toFixed(1)}%`;
}

function points(value: number | null): string {
  return value === null ? 'unknown' : `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)} points`;
}

function interval(bounds: [number, number] | null): string {
  return bounds === null ? '' : `[${(bounds[0] * 100).toFixed(1)}, ${(bounds[1] * 100).toFixed(1)}]`;
}

function thousand(usd: number | null): string {
  return usd === null ? 'unknown' : (usd * 1000).toPrecision(3);
}

function ratio(value: number | null): string {
  return value === null ? '' : value.toFixed(3);
}
