import { SPAN_ATTRIBUTES, type ExtractedCall } from '@signalbox/contracts';
import { isObject } from '../json.js';
import type { AttributeReader } from './attribute-reader.js';

export type DecisionFacts = Pick<
  ExtractedCall,
  'decisionId' | 'chosenCandidate' | 'propensity' | 'probabilities' | 'available' | 'routerVersion'
>;

export const NO_DECISION: DecisionFacts = {
  decisionId: null,
  chosenCandidate: null,
  propensity: null,
  probabilities: null,
  available: null,
  routerVersion: null,
};

/** Signalbox's own attributes. A value that cannot be a probability is absent, since a wrong one would bias evaluation. */
export function readDecision(reader: AttributeReader): DecisionFacts {
  return {
    decisionId: reader.text(SPAN_ATTRIBUTES.decisionId) ?? null,
    chosenCandidate: reader.text(SPAN_ATTRIBUTES.chosen) ?? null,
    propensity: readPropensity(reader.amount(SPAN_ATTRIBUTES.propensity)),
    probabilities: readProbabilities(reader.structured(SPAN_ATTRIBUTES.probabilities)),
    available: readAvailable(reader.structured(SPAN_ATTRIBUTES.available)),
    routerVersion: reader.text(SPAN_ATTRIBUTES.routerVersion) ?? null,
  };
}

export function hasDecision(decision: DecisionFacts): boolean {
  return Object.values(decision).some((value) => value !== null);
}

/** What was chosen had a chance: zero is as impossible as more than one. */
function readPropensity(value: number | undefined): number | null {
  return value !== undefined && value > 0 && value <= 1 ? value : null;
}

function readProbabilities(value: unknown): Record<string, number> | null {
  if (!isObject(value)) return null;
  const entries = Object.entries(value);
  const valid = entries.filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] >= 0 && entry[1] <= 1,
  );
  return entries.length > 0 && valid.length === entries.length ? Object.fromEntries(valid) : null;
}

function readAvailable(value: unknown): string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = value.filter((item): item is string => typeof item === 'string' && item !== '');
  return names.length === value.length ? names : null;
}
