import type { TrainingMatrix } from './matrix.js';
import { uniform } from './random.js';

export interface PlantedOptions {
  n: number;
  seed: number;
  /** `families`: skill depends on the prompt; `level`: candidates differ, prompts do not; `equal`: nothing differs. */
  skill: 'families' | 'level' | 'equal';
  /** The first so many rows are fully observed; the others hold one logged cell. All rows when absent. */
  full?: number;
  /** Share of uniform exploration of the serving policy on logged rows, which else takes the last candidate. */
  exploration?: number;
  dim?: number;
}

const CANDIDATES = ['cheap', 'coder', 'writer', 'large'];
const COSTS = [0.0002, 0.001, 0.001, 0.004];
const FAMILIES = 6;

/** Expected quality of a candidate on a family. */
function skillOf(skill: PlantedOptions['skill'], family: number, c: number): number {
  if (skill === 'equal') return 0.6;
  if (skill === 'level') return [0.45, 0.55, 0.6, 0.7][c]!;
  if (c === 0) return family < 2 ? 0.9 : 0.2;
  if (c === 1) return family === 2 || family === 3 ? 0.95 : 0.3;
  if (c === 2) return family >= 4 ? 0.95 : 0.3;
  return 0.65;
}

/** Prompts of six families on a sphere, with answers right or wrong by chance; some prompts are hard for everyone. */
export function plantedMatrix(options: PlantedOptions): TrainingMatrix {
  const { n, seed, skill, full = n, exploration = 0.2, dim = 24 } = options;
  const next = uniform(seed);
  const centres = Array.from({ length: FAMILIES }, () => Array.from({ length: dim }, () => next() - 0.5));
  const m = CANDIDATES.length;
  const vectors = new Float32Array(n * dim);
  const cells = (): Float64Array => new Float64Array(n * m).fill(NaN);
  const [quality, costUsd, seconds, propensity] = [cells(), cells(), cells(), cells()];
  const asked = new Uint8Array(n * m).fill(1, 0, full * m);
  const logged = new Int32Array(n);
  for (let i = 0; i < n; i += 1) {
    const family = Math.floor(next() * FAMILIES);
    const raw = centres[family]!.map((value) => value + 0.35 * (next() - 0.5));
    const norm = Math.hypot(...raw);
    for (const [d, value] of raw.entries()) vectors[i * dim + d] = value / norm;
    const hard = next() < 0.15;
    const explored = next() < exploration;
    const drawn = Math.floor(next() * m);
    logged[i] = explored ? drawn : m - 1;
    for (let c = 0; c < m; c += 1) {
      const right = next() < (hard ? 0.1 : skillOf(skill, family, c)) ? 1 : 0;
      const length = 0.5 + next();
      propensity[i * m + c] = i < full ? 1 : exploration / m + (c === m - 1 ? 1 - exploration : 0);
      if (i >= full && c !== logged[i]) continue;
      quality[i * m + c] = right;
      costUsd[i * m + c] = COSTS[c]! * length;
      seconds[i * m + c] = (c + 1) * length;
    }
  }
  return {
    ids: Array.from({ length: n }, (_, i) => `row ${i}`),
    candidates: CANDIDATES,
    n,
    dim,
    vectors,
    quality,
    costUsd,
    seconds,
    groups: Array.from({ length: n }, (_, i) => `g${Math.floor(i / 1.1)}`),
    propensity,
    asked,
    logged,
  };
}

/** The same outcomes on other prompts: nothing that a prompt says tells what a candidate can do on it. */
export function shuffledRewards(matrix: TrainingMatrix, seed: number): TrainingMatrix {
  const next = uniform(seed);
  const m = matrix.candidates.length;
  const order = Array.from({ length: matrix.n }, (_, i) => ({ i, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ i }) => i);
  const moved = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: values.length }, (_, at) => values[order[Math.floor(at / m)]! * m + (at % m)]!);
  return { ...matrix, quality: moved(matrix.quality), costUsd: moved(matrix.costUsd), seconds: moved(matrix.seconds) };
}
