import { z } from 'zod';

/** What the loop reads back through the gateway. */
const progress = z.object({
  done: z.number(),
  total: z.number().nullable(),
  unit: z.string(),
  costUsd: z.number().nullable(),
});
export const problem = z.object({ code: z.string(), message: z.string(), nextStep: z.string().nullable() });
const interval = z.array(z.number()).nullable();

export const extraction = z.object({
  id: z.string(),
  status: z.string(),
  progress,
  problem: problem.nullable(),
  spansRead: z.number(),
  callsStored: z.number(),
  callsDuplicate: z.number(),
  spansMerged: z.number(),
  complete: z.boolean(),
  skipped: z.array(z.object({ reason: z.string(), count: z.number() })),
  coverage: z.object({
    calls: z.number(),
    withQuery: z.number(),
    withResponse: z.number(),
    withModel: z.number(),
    withTokens: z.number(),
    withCost: z.number(),
    withPropensity: z.number(),
  }),
});
export type Extraction = z.infer<typeof extraction>;

export const labelingRun = z.object({
  id: z.string(),
  status: z.string(),
  progress,
  problem: problem.nullable(),
  labelled: z.number(),
  abstained: z.number(),
});

const stageRecord = z.object({
  stage: z.string(),
  status: z.string(),
  progress: progress.nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  output: z.record(z.string(), z.unknown()).nullable(),
  problem: problem.nullable(),
});
export type StageRecord = z.infer<typeof stageRecord>;

const policyResult = z.object({
  policy: z.string(),
  quality: z.number(),
  qualityCi95: interval,
  costUsdPerCall: z.number().nullable(),
  gainOverBestSingle: z.number().nullable(),
  gainCi95: interval,
  gapRecovered: z.number().nullable(),
  share: z.record(z.string(), z.number()),
  savedNetUsdPerCall: z.number().nullable(),
  asPeople: z.object({ gainOverBestSingle: z.number(), gainCi95: z.array(z.number()) }).nullable(),
});
export type PolicyResult = z.infer<typeof policyResult>;

const evaluation = z.object({
  method: z.string(),
  prompts: z.number(),
  results: z.array(policyResult),
  frontier: z.array(
    z.object({ policy: z.string(), tradeoff: z.number().nullable(), quality: z.number(), costUsdPerCall: z.number() }),
  ),
  aiq: z.number().nullable(),
  effectiveSampleSize: z.number().nullable(),
  unsupportedShare: z.number().nullable(),
  refused: z.array(problem),
  notes: z.array(z.string()),
});
export type Evaluation = z.infer<typeof evaluation>;

const gate = z.object({
  passed: z.boolean(),
  power: z.number().nullable(),
  promptsNeeded: z.number().nullable(),
  checks: z.array(z.object({ name: z.string(), passed: z.boolean(), measured: z.string(), required: z.string() })),
});
export type Gate = z.infer<typeof gate>;

export const retrain = z.object({
  id: z.string(),
  status: z.string(),
  problem: problem.nullable(),
  stages: z.array(stageRecord),
  version: z
    .object({
      version: z.number(),
      routerType: z.string(),
      gate: gate.nullable(),
      trainingRun: z.object({ evaluation: evaluation.nullable() }).nullable(),
    })
    .nullable(),
});
export type Retrain = z.infer<typeof retrain>;

export const decision = z.object({
  candidate: z.string(),
  propensity: z.number(),
  explored: z.boolean(),
  fellBack: z.boolean(),
  masked: z.array(z.string()),
  routerVersion: z.string(),
  scores: z.array(
    z.object({
      candidate: z.string(),
      expectedQuality: z.number(),
      expectedCostUsd: z.number().nullable(),
      probability: z.number(),
    }),
  ),
  decidedInMicroseconds: z.number(),
});
export type Decision = z.infer<typeof decision>;

export const count = z.object({ key: z.string(), calls: z.number() });
export const labelCount = z.object({ kind: z.string(), labels: z.number(), abstained: z.number() });
