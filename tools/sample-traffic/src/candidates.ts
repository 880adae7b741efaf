export interface SampleCandidate {
  name: string;
  /** The dated name that the response carries. */
  aliases: readonly string[];
  provider: string;
  /** USD per million tokens. */
  inputPrice: number;
  outputPrice: number;
  maxInputTokens: number;
  maxOutputTokens: number;
  capabilities: readonly string[];
  /** Mean seconds until the first token, and tokens per second after it. */
  firstTokenSeconds: number;
  tokensPerSecond: number;
  /** Mean tokens thought before the answer; a hard family takes more of them. */
  thinkingTokens: number;
}

/** Five models that do not exist. Prices differ by a factor of twenty. */
export const CANDIDATES: readonly SampleCandidate[] = [
  {
    name: 'atlas-large',
    aliases: ['atlas-large-2026-01-15'],
    provider: 'atlas',
    inputPrice: 3,
    outputPrice: 15,
    maxInputTokens: 200_000,
    maxOutputTokens: 16_384,
    capabilities: ['tools', 'json', 'images'],
    firstTokenSeconds: 0.9,
    tokensPerSecond: 70,
    thinkingTokens: 110,
  },
  {
    name: 'atlas-small',
    aliases: ['atlas-small-2026-01-15'],
    provider: 'atlas',
    inputPrice: 0.4,
    outputPrice: 1.6,
    maxInputTokens: 128_000,
    maxOutputTokens: 16_384,
    capabilities: ['tools', 'json'],
    firstTokenSeconds: 0.5,
    tokensPerSecond: 110,
    thinkingTokens: 70,
  },
  {
    name: 'swift-mini',
    aliases: ['swift-mini-2025-11-30'],
    provider: 'swift',
    inputPrice: 0.15,
    outputPrice: 0.75,
    maxInputTokens: 32_000,
    maxOutputTokens: 4_096,
    capabilities: ['json'],
    firstTokenSeconds: 0.25,
    tokensPerSecond: 190,
    thinkingTokens: 35,
  },
  {
    name: 'poet-medium',
    aliases: ['poet-medium-2025-12-08'],
    provider: 'poet',
    inputPrice: 1,
    outputPrice: 4,
    maxInputTokens: 128_000,
    maxOutputTokens: 8_192,
    capabilities: ['json'],
    firstTokenSeconds: 0.6,
    tokensPerSecond: 85,
    thinkingTokens: 60,
  },
  {
    name: 'coder-medium',
    aliases: ['coder-medium-2026-02-02'],
    provider: 'coder',
    inputPrice: 0.9,
    outputPrice: 3.6,
    maxInputTokens: 128_000,
    maxOutputTokens: 16_384,
    capabilities: ['tools', 'json'],
    firstTokenSeconds: 0.7,
    tokensPerSecond: 95,
    thinkingTokens: 85,
  },
];

export const CANDIDATE_NAMES: readonly string[] = CANDIDATES.map((candidate) => candidate.name);

/** By name or by dated name. */
export function candidateNamed(model: string): SampleCandidate | null {
  return CANDIDATES.find((candidate) => candidate.name === model || candidate.aliases.includes(model)) ?? null;
}
