import type { GateCheckRecord, GateReportRecord } from '@signalbox/contracts';
import { gate, type GateInput, type GateLimits } from '@signalbox/routers';
import { z } from 'zod';

// JSON has no NaN: null is an outcome that is not known.
const numbers = z.array(z.number().nullable()).transform((values) => values.map((value) => value ?? NaN));
const policy = z.object({ name: z.string(), choices: z.array(z.string()), quality: numbers, costUsd: numbers });

const gateEvidence = z
  .object({
    challenger: policy,
    champion: policy,
    bestSingle: policy,
    bestOfLast90Days: policy.nullish(),
    groups: z.array(z.string()),
    notes: z.array(z.string()).default([]),
  })
  .superRefine(({ groups, challenger, champion, bestSingle, bestOfLast90Days }, context) => {
    const policies = { challenger, champion, bestSingle, bestOfLast90Days };
    for (const [name, each] of Object.entries(policies)) {
      if (!each) continue;
      const lengths = [each.choices.length, each.quality.length, each.costUsd.length];
      if (lengths.some((length) => length !== groups.length)) {
        context.addIssue({
          code: 'custom',
          message: `${name} has ${lengths.join(', ')} outcomes on ${groups.length} prompts`,
        });
      } else if (each.quality.some(Number.isNaN)) {
        context.addIssue({ code: 'custom', message: `${name} has prompts whose quality is not known` });
      }
    }
  });

export interface GateAsked {
  /** `gate_input` of the training run. */
  evidence: unknown;
  limits: GateLimits;
  /** Gates of the router that looked at outcomes before. */
  gatesBefore: number;
  /** `name@version` of the champion; null when there is none. */
  champion: string | null;
}

/** The report of a gate, and whether it looked at outcomes: only then a part of the router's error is spent. */
export function gateReport({ evidence, limits, gatesBefore, champion }: GateAsked): {
  report: GateReportRecord;
  spentError: boolean;
} {
  if (evidence === null || evidence === undefined) {
    return refused({
      name: 'evaluation',
      passed: false,
      measured: 'the training run has no paired outcomes',
      required:
        'outcomes of challenger, champion and best single candidate on prompts that none of them was trained on',
    });
  }
  const parsed = gateEvidence.safeParse(evidence);
  if (!parsed.success) {
    return refused({
      name: 'evaluation',
      passed: false,
      measured: z.prettifyError(parsed.error),
      required: 'paired outcomes of every policy on every prompt',
    });
  }
  const { bestOfLast90Days, notes, ...policies } = parsed.data;
  const input: GateInput = { ...policies, gatesBefore, ...(bestOfLast90Days && { bestOfLast90Days }) };
  const report = { ...storable(gate(input, limits)), notes };
  const moved = movedChampion(input.champion.name, champion);
  if (!moved) return { report, spentError: true };
  return { report: { ...report, passed: false, checks: [...report.checks, moved] }, spentError: true };
}

/** GraphQL's Int ends here; nobody replays more prompts than that. */
const MAX_PROMPTS = 2 ** 31 - 1;

function storable(report: GateReportRecord): GateReportRecord {
  const { promptsNeeded, power } = report;
  return {
    ...report,
    promptsNeeded: promptsNeeded !== null && promptsNeeded <= MAX_PROMPTS ? promptsNeeded : null,
    power: Number.isFinite(power) ? power : null,
  };
}

function refused(check: GateCheckRecord): { report: GateReportRecord; spentError: boolean } {
  return { report: { passed: false, power: null, promptsNeeded: null, checks: [check] }, spentError: false };
}

/** An evaluation that names the version that it compared with, as in `champion bot@3`, is good for this champion alone. */
function movedChampion(compared: string, champion: string | null): GateCheckRecord | null {
  const version = /(?:^|\s)(\S+@\d+)$/.exec(compared)?.[1];
  if (version === undefined || version === champion) return null;
  return {
    name: 'champion of now',
    passed: false,
    measured: `compared with ${version}`,
    required: champion ?? 'no champion',
  };
}
