import type { ExplorationPolicy, Rejection, Tradeoff } from '@signalbox/contracts';
import type { FittedModel } from './model.js';

/** What a candidate can do, as the artefact holds it. */
export interface CandidateAbility {
  /** Tokens; null when unknown, which masks nothing. */
  maxInputTokens: number | null;
  /** e.g. `tools`, `images`, `json`. */
  capabilities: string[];
  regions: string[];
  available: boolean;
}

/** All that a decision reads of a version. */
export interface DecidableVersion {
  /** `name@version`, e.g. `support-bot@7`. */
  name: string;
  model: FittedModel;
  exploration: ExplorationPolicy;
  /** In the order of `model.candidates`. */
  abilities: CandidateAbility[];
}

export interface DecideOptions {
  /** The caller's uniform random number in [0, 1). It is all the chance in a decision. */
  u: number;
  /** Quality points per USD and per second. Default: what training chose. */
  tradeoff?: Tradeoff;
  /** The candidates to choose from. Default: all. */
  candidates?: string[];
  /** Capabilities that the prompt needs; `region:eu` needs the region `eu`. */
  requires?: string[];
  /** Length of the prompt; candidates with a shorter context are masked. */
  inputTokens?: number;
}

/** What is wrong with the arguments of a decision, or null. */
export function faultOf(
  version: DecidableVersion,
  vector: Float32Array | null,
  options: DecideOptions,
): Rejection | null {
  return versionFault(version) ?? vectorFault(version, vector) ?? optionsFault(version, options);
}

function versionFault({ name, model, abilities, exploration }: DecidableVersion): Rejection | null {
  if (abilities.length !== model.candidates.length) {
    return artefact(`${name} has ${model.candidates.length} candidates but the abilities of ${abilities.length}`);
  }
  if (!model.candidates.includes(model.bestSingle))
    return artefact(`the best single candidate of ${name} is none of its own`);
  if (!(exploration.epsilon >= 0 && exploration.epsilon <= 1)) return artefact(`epsilon of ${name} is not within 0..1`);
  return null;
}

function vectorFault({ name, model }: DecidableVersion, vector: Float32Array | null): Rejection | null {
  if (vector === null || model.type === 'constant') return null;
  if (vector.length !== model.dim) {
    return input(
      'vector',
      `The vector has ${vector.length} numbers and ${name} reads ${model.dim}. Use the embedding of its manifest.`,
    );
  }
  return vector.every(Number.isFinite)
    ? null
    : input('vector', 'The vector holds a number that is not finite. Embed the prompt again.');
}

function optionsFault({ name, model }: DecidableVersion, options: DecideOptions): Rejection | null {
  const { u, tradeoff, candidates, inputTokens } = options;
  if (!(u >= 0 && u < 1)) return input('u', `u is ${u}; give a uniform random number in [0, 1).`);
  if (tradeoff && !(isPrice(tradeoff.usd) && isPrice(tradeoff.seconds))) {
    return input('tradeoff', 'Points of quality per USD and per second are finite and not negative.');
  }
  if (inputTokens !== undefined && !(Number.isInteger(inputTokens) && inputTokens >= 0)) {
    return input('inputTokens', `inputTokens is ${inputTokens}; give a whole number of tokens.`);
  }
  const unknown = candidates?.find((candidate) => !model.candidates.includes(candidate));
  if (unknown === undefined) return null;
  return input('candidates', `${unknown} is no candidate of ${name}. It has ${model.candidates.join(', ')}.`);
}

function isPrice(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

function input(path: string, hint: string): Rejection {
  return { code: 'INVALID_INPUT', path, hint };
}

function artefact(what: string): Rejection {
  return { code: 'ARTIFACT_INVALID', path: '', hint: `The version cannot decide: ${what}.` };
}
