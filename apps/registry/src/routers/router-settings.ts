import { createHash } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import { DEFAULT_GATE_LIMITS, type GateLimits } from '@signalbox/routers';
import { manifestSchema } from '@signalbox/runtime';
import type { CandidateEntity } from './candidate.entity.js';
import type { CandidateInput, CreateRouterInput, GateInput } from './router.input.js';

export type CandidateSettings = Omit<CandidateEntity, 'routerId' | 'position'>;

export interface RouterSettings {
  name: string;
  description: string | null;
  candidates: CandidateSettings[];
  filter: null;
  gate: GateLimits;
}

/**
 * @throws SignalboxError INVALID_INPUT for a name that no artefact could have, too few candidates, two that share a name, or a
 * filter, which no stage of a retrain keeps to yet
 */
export function routerSettingsOf(input: CreateRouterInput): RouterSettings {
  const name = manifestSchema.shape.router.safeParse(input.name);
  if (!name.success) throw invalid(`name: ${name.error.issues[0]?.message ?? 'is refused'}`);
  if (input.candidates.length < 2) throw invalid('candidates: name at least two; with one there is nothing to route');
  refuseFilter(input.filter);
  const candidates = input.candidates.map(candidateOf);
  refuseSharedNames(candidates);
  return {
    name: name.data,
    description: input.description ?? null,
    candidates,
    filter: null,
    gate: gateLimitsOf(input.gate),
  };
}

/** The same for equal settings, whichever way they were written. */
export function settingsHash(settings: RouterSettings): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex');
}

function candidateOf(input: CandidateInput): CandidateSettings {
  return {
    name: input.name,
    aliases: [...new Set(input.aliases ?? [])].sort(),
    inputPrice: input.inputPrice ?? null,
    outputPrice: input.outputPrice ?? null,
    cachedInputPrice: input.cachedInputPrice ?? null,
    maxInputTokens: input.maxInputTokens ?? null,
    maxOutputTokens: input.maxOutputTokens ?? null,
    capabilities: [...new Set(input.capabilities ?? [])].sort(),
    regions: [...new Set(input.regions ?? [])].sort(),
    available: input.available ?? true,
  };
}

/** Names of models are compared in any case, so that a call in the traces is of one candidate at the most. */
function refuseSharedNames(candidates: readonly CandidateSettings[]): void {
  const owner = new Map<string, number>();
  for (const [position, { name, aliases }] of candidates.entries()) {
    for (const label of [name, ...aliases]) {
      // An object leaves this key out in silence, and so would datasets and reports.
      if (label === '__proto__') throw invalid('candidates: a candidate cannot be named __proto__');
      const other = owner.get(label.toLowerCase());
      if (other !== undefined && (other !== position || label === name)) {
        throw invalid(`candidates: "${label}" names both ${candidates[other]?.name ?? ''} and ${name}`);
      }
      owner.set(label.toLowerCase(), position);
    }
  }
}

function refuseFilter(filter: CreateRouterInput['filter']): void {
  if (Object.values(filter ?? {}).every((value) => value === null || value === undefined)) return;
  throw invalid(
    'filter: comes later; leave it out. A router learns from all calls that one of its candidates answered, by name or alias',
  );
}

function gateLimitsOf(gate: GateInput | null | undefined): GateLimits {
  return {
    maxQualityLoss: gate?.maxQualityLoss ?? DEFAULT_GATE_LIMITS.maxQualityLoss,
    maxCostRatio: gate?.maxCostRatio ?? DEFAULT_GATE_LIMITS.maxCostRatio,
    minPower: gate?.minPower ?? DEFAULT_GATE_LIMITS.minPower,
    minEffectiveSampleSize: gate?.minEffectiveSampleSize ?? DEFAULT_GATE_LIMITS.minEffectiveSampleSize,
  };
}

const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
