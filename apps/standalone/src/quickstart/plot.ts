import type { Evaluation } from './answers.js';

const WIDTH = 64;
const HEIGHT = 14;

/**
 * Cost to the right (USD a call, logarithmic), quality upwards. Letters are single candidates, `o` the router's sweep,
 * `*` where two meet.
 */
export function frontierPlot(evaluation: Evaluation, routerPolicy: string): string[] {
  const singles = evaluation.frontier.filter((point) => point.tradeoff === null);
  const sweep = evaluation.frontier.filter((point) => point.tradeoff !== null && point.policy === routerPolicy);
  const points = [...sweep, ...singles].filter((point) => point.costUsdPerCall > 0);
  if (points.length < 2) return ['(no costs are known, so there is no frontier to draw)'];
  const costs = points.map((point) => Math.log10(point.costUsdPerCall));
  const qualities = points.map((point) => point.quality);
  const [left, right] = [Math.min(...costs), Math.max(...costs)];
  const [low, high] = [Math.min(...qualities), Math.max(...qualities)];
  const grid = Array.from({ length: HEIGHT }, () => Array.from({ length: WIDTH }, () => ' '));
  const put = (cost: number, quality: number, mark: string) => {
    const x = Math.round(((Math.log10(cost) - left) / (right - left || 1)) * (WIDTH - 1));
    const y = Math.round((1 - (quality - low) / (high - low || 1)) * (HEIGHT - 1));
    const row = grid[y]!;
    row[x] = row[x] === ' ' || row[x] === mark ? mark : '*';
  };
  for (const point of sweep) if (point.costUsdPerCall > 0) put(point.costUsdPerCall, point.quality, 'o');
  const letters = singles.map((point, i) => ({ point, mark: String.fromCharCode(65 + i) }));
  for (const { point, mark } of letters) if (point.costUsdPerCall > 0) put(point.costUsdPerCall, point.quality, mark);
  const label = (quality: number) => `${(quality * 100).toFixed(1)} %`.padStart(7);
  return [
    ...grid.map(
      (row, y) => `${y === 0 ? label(high) : y === HEIGHT - 1 ? label(low) : ' '.repeat(7)} |${row.join('')}`,
    ),
    `${' '.repeat(8)}+${'-'.repeat(WIDTH)}`,
    `${' '.repeat(9)}${usd(10 ** left)}${usd(10 ** right).padStart(WIDTH - usd(10 ** left).length)} a call`,
    `${' '.repeat(9)}${letters.map(({ point, mark }) => `${mark} ${point.policy}`).join('   ')}   o ${routerPolicy}`,
  ];
}

/** Prices of single calls need three significant digits, not two decimals. */
export function usd(amount: number): string {
  const size = Math.abs(amount);
  return `${amount < 0 ? '-' : ''}$${size >= 1 ? size.toFixed(2) : size === 0 ? '0' : Number(size.toPrecision(3)).toFixed(decimals(size))}`;
}

const decimals = (size: number): number => Math.min(20, Math.max(2, 2 - Math.floor(Math.log10(size))));
