import { describe, expect, it } from '@jest/globals';
import type { LabelledCall } from './evidence.repository.js';
import { firstModel, knowsNothing } from './first-model.js';
import type { CandidateSettings } from './router-settings.js';

const candidate = (name: string, change: Partial<CandidateSettings> = {}): CandidateSettings => ({
  name,
  aliases: [],
  inputPrice: null,
  outputPrice: null,
  cachedInputPrice: null,
  maxInputTokens: null,
  maxOutputTokens: null,
  capabilities: [],
  regions: [],
  available: true,
  ...change,
});

let nextId = 0;
function calls(responseModel: string, performances: number[], change: Partial<LabelledCall> = {}): LabelledCall[] {
  return performances.map((performance) => ({
    id: String((nextId += 1)).padStart(6, '0'),
    responseModel,
    modelName: null,
    chosenCandidate: null,
    propensity: null,
    costUsd: null,
    responseTimeSeconds: 1,
    performance,
    kind: 'METRIC',
    labeler: 'exact@1',
    ...change,
  }));
}

const of = (share: number, n: number): number[] => Array.from({ length: n }, (_, i) => (i < share * n ? 1 : 0));
const TWO = [candidate('strong', { aliases: ['Strong-2024'] }), candidate('weak')];

describe('the first model of a router', () => {
  it('is the first candidate named that may be chosen, and says so, when nobody has 20 labels', () => {
    const { model, metrics } = firstModel(TWO, [...calls('weak', of(1, 19)), ...calls('strong', of(0, 19))]);
    expect(model).toMatchObject({ type: 'constant', bestSingle: 'strong', params: { alwaysBestSingle: 1 } });
    expect(metrics).toEqual({ labels: 38, knownCandidates: 0 });
    expect(knowsNothing({ routerType: 'constant', metrics })).toBe(true);
    expect(firstModel([candidate('off', { available: false }), candidate('on')], null)).toMatchObject({
      model: { bestSingle: 'on' },
      metrics: { labels: null, knownCandidates: 0 },
    });
  });

  it('is never a candidate that is not available, however good its labels are', () => {
    const [strong, weak, third] = [candidate('strong', { available: false }), candidate('weak'), candidate('third')];
    const labelled = [...calls('strong', of(1, 60)), ...calls('weak', of(0.2, 30)), ...calls('third', of(0.5, 30))];
    expect(firstModel([strong, weak, third], labelled)).toMatchObject({
      model: { candidates: ['strong', 'weak', 'third'], bestSingle: 'third' },
      metrics: { labels: 120, knownCandidates: 2 },
    });
    const known = firstModel([strong, weak], [...calls('strong', of(1, 60)), ...calls('weak', of(0, 5))]);
    expect(known).toMatchObject({ model: { bestSingle: 'weak' }, metrics: { knownCandidates: 0 } });
  });

  it('finds a candidate by name or alias, in what answered before what it was resolved to', () => {
    const labelled = [
      ...calls('strong-2024', of(0.9, 30), { modelName: 'weak' }),
      ...calls('gateway-name', of(0.2, 30), { modelName: 'weak' }),
      ...calls('stranger', of(1, 30)),
    ];
    const { model, metrics } = firstModel([TWO[1] ?? candidate('weak'), TWO[0] ?? candidate('strong')], labelled);
    expect(model.bestSingle).toBe('strong');
    expect(metrics).toEqual({ labels: 60, 'labels.METRIC': 60, knownCandidates: 2 });
  });

  it('does not take a candidate for good because easy prompts were sent to it', () => {
    // weak answers easy prompts (9 in 10 of its traffic) alone; of hard ones it was asked rarely, and failed.
    const logged = [
      ...calls('weak', of(1, 90), { chosenCandidate: 'weak', propensity: 0.9 }),
      ...calls('weak', of(0, 10), { chosenCandidate: 'weak', propensity: 0.1 }),
      ...calls('strong', of(0.8, 10), { chosenCandidate: 'strong', propensity: 0.1 }),
      ...calls('strong', of(0.8, 90), { chosenCandidate: 'strong', propensity: 0.9 }),
    ];
    expect(firstModel(TWO, logged).model.bestSingle).toBe('strong');
    const unweighted = logged.map((call) => ({ ...call, propensity: null }));
    expect(firstModel(TWO, unweighted).model.bestSingle).toBe('weak');
  });

  it('does not take the chance of one candidate for that of the fallback that answered', () => {
    const fallback = calls('strong', of(1, 30), { chosenCandidate: 'weak', propensity: 0.01 });
    const plain = calls('strong', of(1, 30));
    expect(firstModel(TWO, fallback).model.tensors).toEqual(firstModel(TWO, plain).model.tensors);
  });

  it('compares by one yardstick: the one that knows most candidates, then the one believed first', () => {
    const judged = [
      ...calls('strong', of(0.2, 40), { kind: 'JUDGE', labeler: 'judge@1' }),
      ...calls('weak', of(0.9, 40), { kind: 'JUDGE', labeler: 'judge@1' }),
    ];
    const thumbs = calls('strong', of(1, 500), { kind: 'FEEDBACK', labeler: 'feedback@1' });
    expect(firstModel(TWO, [...judged, ...thumbs])).toMatchObject({
      model: { bestSingle: 'weak' },
      metrics: { labels: 80 },
    });
    const metric = [...calls('strong', of(0.9, 30)), ...calls('weak', of(0.2, 30), { labeler: 'contains@1' })];
    expect(firstModel(TWO, [...judged, ...metric])).toMatchObject({
      model: { bestSingle: 'strong' },
      metrics: { 'labels.METRIC': 60 },
    });
  });
});
