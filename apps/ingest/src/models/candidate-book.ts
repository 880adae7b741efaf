import type { ExtractedCall } from '@signalbox/contracts';

/** A row of `registry.candidate_v1`; prices in USD per million tokens. */
export interface PricedCandidate {
  name: string;
  aliases: string[];
  inputPrice: number | null;
  outputPrice: number | null;
  cachedInputPrice: number | null;
}

export interface ResolvedModel {
  modelName: string | null;
  /** The candidate that an alias resolved to. */
  candidate: PricedCandidate | null;
}

const TOKENS_OF_A_PRICE = 1_000_000;

/** Which candidate a model's name means: its name or one of its aliases, in any case. */
export class CandidateBook {
  private readonly byName = new Map<string, PricedCandidate>();

  /** Where two candidates answer to one name, the own name goes before an alias, and the first before the others. */
  constructor(candidates: readonly PricedCandidate[]) {
    for (const candidate of candidates) this.enter(candidate.name, candidate);
    for (const candidate of candidates) for (const alias of candidate.aliases) this.enter(alias, candidate);
  }

  /** What answered counts more than what was asked for: a gateway may have been asked for "auto". */
  resolve(requestModel: string | null, responseModel: string | null): ResolvedModel {
    for (const model of [responseModel, requestModel]) {
      const candidate = model === null ? undefined : this.byName.get(model.toLowerCase());
      if (candidate) return { modelName: candidate.name, candidate };
    }
    return { modelName: responseModel ?? requestModel, candidate: null };
  }

  get isEmpty(): boolean {
    return this.byName.size === 0;
  }

  private enter(name: string, candidate: PricedCandidate): void {
    const key = name.toLowerCase();
    if (!this.byName.has(key)) this.byName.set(key, candidate);
  }
}

type Tokens = Pick<ExtractedCall, 'inputTokens' | 'outputTokens' | 'cachedInputTokens'>;

/** USD by the candidate's price; null when a token count or a price that it takes is unknown. */
export function estimateCost(
  { inputTokens, outputTokens, cachedInputTokens }: Tokens,
  candidate: PricedCandidate,
): number | null {
  const { inputPrice, outputPrice, cachedInputPrice } = candidate;
  if (inputTokens === null || outputTokens === null || inputPrice === null || outputPrice === null) return null;
  const cached = Math.min(cachedInputTokens ?? 0, inputTokens);
  const input = (inputTokens - cached) * inputPrice + cached * (cachedInputPrice ?? inputPrice);
  return (input + outputTokens * outputPrice) / TOKENS_OF_A_PRICE;
}
