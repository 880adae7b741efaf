import { SPAN_ATTRIBUTES, type ExtractedCall } from '@signalbox/contracts';
import { ROUTEIQ_DECISION } from '../dialects/routeiq.js';
import { isObject, member, memberAt } from '../json.js';
import type { SpanEvent } from '../normal-span.js';
import type { AttributeReader } from './attribute-reader.js';
import { textOf, toStructure } from './structure.js';

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

/**
 * A router's decision: Signalbox's own attributes, else what another router wrote. All of it comes from one place. A
 * value that cannot be a probability is absent, since a wrong one would bias evaluation.
 */
export function readDecision(reader: AttributeReader, events: readonly SpanEvent[]): DecisionFacts {
  const own = reader.plan.decision ? readOwn(reader) : NO_DECISION;
  if (hasDecision(own)) return own;
  const payload = events.length === 0 ? undefined : payloadIn(events);
  if (payload !== undefined) return readPayload(payload);
  return reader.plan.decision ? readOthers(reader) : NO_DECISION;
}

export function hasDecision(decision: DecisionFacts): boolean {
  return decision !== NO_DECISION && Object.values(decision).some((value) => value !== null);
}

function readOwn(reader: AttributeReader): DecisionFacts {
  return {
    decisionId: reader.text(SPAN_ATTRIBUTES.decisionId) ?? null,
    chosenCandidate: reader.text(SPAN_ATTRIBUTES.chosen) ?? null,
    propensity: readPropensity(reader.amount(SPAN_ATTRIBUTES.propensity)),
    probabilities: readProbabilities(reader.structured(SPAN_ATTRIBUTES.probabilities)),
    available: readAvailable(reader.structured(SPAN_ATTRIBUTES.available)),
    routerVersion: reader.text(SPAN_ATTRIBUTES.routerVersion) ?? null,
  };
}

function payloadIn(events: readonly SpanEvent[]): Record<string, unknown> | undefined {
  const names: readonly string[] = ROUTEIQ_DECISION.events;
  const event = events.findLast(({ name }) => names.includes(name));
  const payload = event === undefined ? undefined : toStructure(member(event.attributes, ROUTEIQ_DECISION.payload));
  return isObject(payload) ? payload : undefined;
}

/** RouteIQ logs no propensity of a candidate. The share of the experiment's arm is the one that it can be told from. */
function readPayload(payload: Record<string, unknown>): DecisionFacts {
  const candidates = member(payload, 'candidate_deployments');
  const names = (Array.isArray(candidates) ? candidates : [])
    .filter((candidate) => memberAt(candidate, ['available']) !== false)
    .map((candidate) => memberAt(candidate, ['model_name']));
  const [weight, total] = ['weight', 'total_weight'].map((key) => memberAt(payload, ['experiment', key]));
  const share = typeof weight === 'number' && typeof total === 'number' && total > 0 ? weight / total : undefined;
  return {
    decisionId: textOf(member(payload, 'event_id')) ?? null,
    chosenCandidate: textOf(member(payload, 'selected_deployment')) ?? null,
    propensity: readPropensity(share),
    probabilities: null,
    available: readAvailable([...new Set(names)]),
    routerVersion: versionOf(textOf(member(payload, 'strategy_name')), textOf(member(payload, 'strategy_version'))),
  };
}

function readOthers(reader: AttributeReader): DecisionFacts {
  const chosen = reader.text(ROUTEIQ_DECISION.chosen) ?? reader.text('litellm.routing.routed_model');
  const strategy = reader.text(ROUTEIQ_DECISION.strategy);
  return {
    ...NO_DECISION,
    chosenCandidate: chosen ?? null,
    routerVersion: versionOf(strategy, reader.text(ROUTEIQ_DECISION.strategyVersion)),
  };
}

function versionOf(name: string | undefined, version: string | undefined): string | null {
  if (name === undefined) return null;
  return version === undefined ? name : `${name}@${version}`;
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
