import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { Program } from './quickstart.process.js';

const DATA = fileURLToPath(new URL('../../shared/data/', import.meta.url));
const withData = existsSync(DATA) ? it : it.skip;
const EMBEDDING_TAKES = 900_000;

const policy = z.object({ quality: z.number(), costUsdPerCall: z.number() });
const router = policy.extend({
  gainOverBestSingle: z.number(),
  gainCi95: z.tuple([z.number(), z.number()]),
  gapRecovered: z.number(),
  aiq: z.number(),
  costSavedAt98: z.number(),
  frontier: z.array(z.object({ quality: z.number(), costUsdPerCall: z.number() })).min(1),
  params: z.record(z.string(), z.unknown()),
  fitSeconds: z.number(),
  decideMicrosecondsP50: z.number(),
});
const evaluation = z.object({
  data: z.object({ prompts: z.number(), candidates: z.unknown(), split: z.unknown() }),
  default: z.enum(['knn', 'ridge']),
  baselines: z.object({
    random: policy,
    cheapest: policy,
    bestSingle: policy,
    oracle: policy,
    singlesHull: z.object({ aiq: z.number() }),
  }),
  routers: z.object({ knn: router, ridge: router }),
});

describe('signalbox evaluate on real outcomes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-evaluate-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const evaluate = async (file: string) => {
    const { code, stdout, stderr } = await new Program(['cli', 'evaluate', file, '--json', '--seed', '1'], {
      SIGNALBOX_DATA: folder,
    }).end();
    if (code !== 0) throw new Error(stderr.slice(-2_000));
    return evaluation.parse(JSON.parse(stdout));
  };

  withData(
    'has kNN, with k chosen out of fold, at or above the best single candidate on llmrouter9',
    async () => {
      const { data, baselines, routers } = await evaluate(join(DATA, 'llmrouter9.jsonl'));
      expect(data.prompts).toBe(5160);
      expect(routers.knn.gainOverBestSingle).toBeGreaterThanOrEqual(0);
      expect(routers.knn.gainCi95[0]).toBeGreaterThan(0);
      expect(routers.knn.aiq).toBeGreaterThan(baselines.singlesHull.aiq);
      expect(baselines.oracle.quality).toBeGreaterThan(routers.knn.quality);
    },
    EMBEDDING_TAKES,
  );

  // Every tenth prompt: they are long, and all of them would take as long as the rest of the tests together.
  withData(
    'reads few-shot prompts with missing cells and real costs, routerbench11',
    async () => {
      const lines = (await readFile(join(DATA, 'routerbench11.jsonl'), 'utf8'))
        .split('\n')
        .filter((line) => line !== '');
      const sample = join(folder, 'every-tenth.jsonl');
      await writeFile(sample, lines.filter((_, i) => i % 10 === 0).join('\n'));
      const { baselines, routers } = await evaluate(sample);
      for (const { quality } of [routers.knn, routers.ridge]) {
        expect(quality).toBeGreaterThan(baselines.random.quality);
        expect(quality).toBeLessThanOrEqual(baselines.oracle.quality);
      }
    },
    EMBEDDING_TAKES,
  );
});
