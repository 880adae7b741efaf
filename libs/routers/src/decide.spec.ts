import { describe, expect, it } from '@jest/globals';
import type { DecisionRecord, Result } from '@signalbox/contracts';
import fc from 'fast-check';
import type { CandidateAbility, DecidableVersion, DecideOptions } from './decide-input.js';
import { decide } from './decide.js';
import type { FittedModel, Tensor } from './model.js';

const CANDIDATES = ['large', 'medium', 'small'];
/** Like the anchor, so that the prompt is familiar. */
const FAMILIAR = Float32Array.of(1, 0);
const UNFAMILIAR = Float32Array.of(0, 1);

const able: CandidateAbility = { maxInputTokens: null, capabilities: [], regions: [], available: true };

function vector(...data: number[]): Tensor {
  return { shape: [data.length], data: Float32Array.from(data) };
}

/** A ridge whose weights are nought: each prompt gets the biases, so that a test says what is expected of each candidate. */
function version(
  expected: { quality: number[]; cost?: number[]; seconds?: number[] },
  change: {
    epsilon?: number;
    params?: Record<string, number>;
    tradeoff?: FittedModel['tradeoff'];
    abilities?: CandidateAbility[];
  } = {},
): DecidableVersion {
  const m = expected.quality.length;
  const zeros = { shape: [2, m], data: new Float32Array(2 * m) };
  const cost = vector(...(expected.cost ?? expected.quality.map(() => 0.001)));
  const seconds = vector(...(expected.seconds ?? expected.quality.map(() => 1)));
  const candidates = CANDIDATES.slice(0, m);
  return {
    name: 'support-bot@7',
    model: {
      type: 'ridge',
      candidates,
      dim: 2,
      bestSingle: 'medium',
      params: { penalty: 1, familiarity: 0.5, alwaysBestSingle: 0, ...change.params },
      tensors: {
        qualityMean: vector(0.6, 0.7, 0.5),
        costMean: vector(0.01, 0.005, 0.001),
        secondsMean: vector(3, 2, 1),
        centre: vector(0, 0),
        qualityWeights: zeros,
        qualityBias: vector(...expected.quality),
        costWeights: zeros,
        costBias: cost,
        secondsWeights: zeros,
        secondsBias: seconds,
        anchors: { shape: [1, 2], data: FAMILIAR },
      },
      tradeoff: change.tradeoff ?? { usd: 0, seconds: 0 },
    },
    exploration: { epsilon: change.epsilon ?? 0 },
    abilities: change.abilities ?? candidates.map(() => able),
  };
}

function decided(result: Result<DecisionRecord>): DecisionRecord {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.hint}`);
  return result.value;
}

function choice(
  of: DecidableVersion,
  options: Partial<DecideOptions> = {},
  prompt: Float32Array | null = FAMILIAR,
): string {
  return decided(decide(of, prompt, { u: 0.5, ...options })).candidate;
}

describe('what is chosen', () => {
  it('is the highest quality when nothing trades against it', () => {
    expect(choice(version({ quality: [0.9, 0.7, 0.5] }))).toBe('large');
  });

  it('follows the tradeoff that training chose, and the one of the caller before it', () => {
    const trained = version(
      { quality: [0.9, 0.85, 0.5], cost: [0.02, 0.001, 0.0005] },
      { tradeoff: { usd: 10, seconds: 0 } },
    );
    expect(choice(trained)).toBe('medium');
    expect(choice(trained, { tradeoff: { usd: 0, seconds: 0 } })).toBe('large');
    expect(choice(trained, { tradeoff: { usd: 1000, seconds: 0 } })).toBe('small');
  });

  it('trades quality against seconds', () => {
    const slow = version({ quality: [0.9, 0.8, 0.7], seconds: [20, 2, 1] });
    expect(choice(slow, { tradeoff: { usd: 0, seconds: 0.01 } })).toBe('medium');
  });

  it('breaks ties by the lower cost', () => {
    expect(choice(version({ quality: [0.5, 0.5, 0.5], cost: [0.3, 0.1, 0.2] }))).toBe('medium');
  });

  it('does not favour a candidate for a cost that was never observed, and tells none for it', () => {
    const blind = version({ quality: [0.71, 0.7, 0.5], cost: [NaN, 0.01, 0.02] });
    expect(choice(blind)).toBe('large');
    const record = decided(decide(blind, FAMILIAR, { u: 0.5, tradeoff: { usd: 10, seconds: 0 } }));
    expect(record.candidate).toBe('medium');
    expect(record.scores[0]).toMatchObject({ candidate: 'large', expectedCostUsd: null });
  });
});

describe('when the prompt tells nothing', () => {
  const router = version({ quality: [0.9, 0.1, 0.2] });

  it('an unfamiliar prompt falls back to the best single candidate', () => {
    expect(decided(decide(router, UNFAMILIAR, { u: 0.5 }))).toMatchObject({ candidate: 'medium', fellBack: true });
    expect(decided(decide(router, FAMILIAR, { u: 0.5 }))).toMatchObject({ candidate: 'large', fellBack: false });
  });

  it('the best of the others serves while the best single candidate is masked', () => {
    const record = decided(decide(router, UNFAMILIAR, { u: 0.5, candidates: ['large', 'small'] }));
    expect(record).toMatchObject({ candidate: 'large', fellBack: true, masked: ['medium'] });
  });

  it('a prompt without a vector falls back too, with the means as expectations', () => {
    const record = decided(decide(router, null, { u: 0.5 }));
    expect(record).toMatchObject({ candidate: 'medium', fellBack: true });
    expect(record.scores.map(({ expectedQuality }) => expectedQuality)).toEqual([0.6, 0.7, 0.5].map(Math.fround));
  });

  it('a router without a gain out of fold keeps to the best single candidate', () => {
    const flat = version({ quality: [0.9, 0.1, 0.2] }, { params: { alwaysBestSingle: 1 } });
    expect(decided(decide(flat, FAMILIAR, { u: 0.5 }))).toMatchObject({ candidate: 'medium', fellBack: false });
  });

  it('a constant decides with and without a vector, whatever the tradeoff', () => {
    const { qualityMean, costMean, secondsMean } = router.model.tensors;
    const tensors = Object.fromEntries(
      Object.entries({ qualityMean, costMean, secondsMean }).flatMap(([n, t]) => (t ? [[n, t]] : [])),
    );
    const constant: DecidableVersion = {
      ...router,
      model: { ...router.model, type: 'constant', dim: 0, params: { alwaysBestSingle: 1 }, tensors },
    };
    for (const prompt of [null, new Float32Array(0), FAMILIAR]) {
      const record = decided(decide(constant, prompt, { u: 0.5, tradeoff: { usd: 1e6, seconds: 0 } }));
      expect(record).toMatchObject({ candidate: 'medium', fellBack: false, propensity: 1 });
    }
  });
});

describe('masking', () => {
  const abilities: CandidateAbility[] = [
    { maxInputTokens: 1000, capabilities: ['tools', 'json'], regions: ['us'], available: true },
    { maxInputTokens: null, capabilities: ['tools'], regions: ['eu', 'us'], available: true },
    { maxInputTokens: 4000, capabilities: [], regions: ['eu'], available: false },
  ];
  const router = version({ quality: [0.9, 0.7, 0.95] }, { abilities });

  it.each<[string, Partial<DecideOptions>, string[]]>([
    ['an unavailable candidate', {}, ['small']],
    ['a context that is too short', { inputTokens: 1001 }, ['large', 'small']],
    ['nothing at the very limit of the context', { inputTokens: 1000 }, ['small']],
    ['a missing capability', { requires: ['tools', 'json'] }, ['medium', 'small']],
    ['another region', { requires: ['region:eu'] }, ['large', 'small']],
    ['what the caller does not allow', { candidates: ['medium'] }, ['large', 'small']],
  ])('leaves out %s', (_what, options, masked) => {
    const record = decided(decide(router, FAMILIAR, { u: 0.5, ...options }));
    expect(record.masked).toEqual(masked);
    expect(record.scores.map(({ candidate }) => candidate)).toEqual(
      CANDIDATES.filter((name) => !masked.includes(name)),
    );
  });

  it('says so when nothing is left', () => {
    for (const options of [{ candidates: [] }, { candidates: ['small'] }, { requires: ['images'] }]) {
      expect(decide(router, FAMILIAR, { u: 0, ...options })).toMatchObject({
        ok: false,
        error: { code: 'NO_CANDIDATE_ALLOWED' },
      });
    }
  });
});

describe('when every candidate is masked', () => {
  const router = version(
    { quality: [0.9, 0.7, 0.95] },
    {
      abilities: [
        { ...able, capabilities: ['tools'], maxInputTokens: 1000 },
        { ...able, regions: ['eu'] },
        { ...able, available: false, capabilities: ['tools'] },
      ],
    },
  );
  const masked = 'All candidates of support-bot@7 are masked:';

  it.each<[Partial<DecideOptions>, string]>([
    [{ requires: ['teleport'] }, 'requires "teleport": large, medium, small; unavailable: small'],
    [
      { requires: ['tools', 'region:eu'] },
      'requires "region:eu": large, small; requires "tools": medium; unavailable: small',
    ],
    [
      { requires: ['tools'], inputTokens: 1001 },
      'inputTokens 1001: large; requires "tools": medium; unavailable: small',
    ],
    [{ candidates: ['small'] }, 'not among candidates: large, medium; unavailable: small'],
  ])('the refusal of %j says which requirement masked which candidates', (options, reasons) => {
    const result = decide(router, FAMILIAR, { u: 0, ...options });
    expect(result).toMatchObject({ ok: false, error: { code: 'NO_CANDIDATE_ALLOWED', hint: `${masked} ${reasons}.` } });
  });
});

describe('bad input', () => {
  const router = version({ quality: [0.9, 0.7, 0.5] });

  it.each<[string, Float32Array | null, Partial<DecideOptions>, string]>([
    ['a vector of another length', Float32Array.of(1, 0, 0), {}, 'vector'],
    ['a vector that is not finite', Float32Array.of(NaN, 0), {}, 'vector'],
    ['u of 1', FAMILIAR, { u: 1 }, 'u'],
    ['u that is no number', FAMILIAR, { u: NaN }, 'u'],
    ['a candidate that the router does not have', FAMILIAR, { candidates: ['large', 'huge'] }, 'candidates'],
    ['a negative tradeoff', FAMILIAR, { tradeoff: { usd: -1, seconds: 0 } }, 'tradeoff'],
    ['a tradeoff without bound', FAMILIAR, { tradeoff: { usd: 0, seconds: Infinity } }, 'tradeoff'],
    ['a part of a token', FAMILIAR, { inputTokens: 1.5 }, 'inputTokens'],
  ])('refuses %s', (_what, prompt, options, path) => {
    const result = decide(router, prompt, { u: 0.5, ...options });
    expect(result).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', path } });
  });
});

const situations = fc
  .record({
    quality: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
    cost: fc.array(fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constant(NaN)), {
      minLength: 3,
      maxLength: 3,
    }),
    epsilon: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    usd: fc.double({ min: 0, max: 100, noNaN: true }),
    familiar: fc.boolean(),
    available: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }).filter((list) => list.includes(true)),
    u: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  })
  .map(({ quality, cost, epsilon, usd, familiar, available, u }) => ({
    router: version({ quality, cost }, { epsilon, abilities: available.map((free) => ({ ...able, available: free })) }),
    prompt: familiar ? FAMILIAR : UNFAMILIAR,
    options: { u, tradeoff: { usd, seconds: 0 } },
  }));

describe('every decision', () => {
  it('has probabilities that sum to 1 over the available candidates, and the propensity of the chosen one', () => {
    fc.assert(
      fc.property(situations, ({ router, prompt, options }) => {
        const record = decided(decide(router, prompt, options));
        expect(record.scores.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 12);
        expect(record.propensity).toBe(
          record.scores.find(({ candidate }) => candidate === record.candidate)?.probability,
        );
        expect(record.propensity).toBeGreaterThan(0);
      }),
    );
  });

  it('is never for a masked candidate', () => {
    fc.assert(
      fc.property(situations, ({ router, prompt, options }) => {
        const record = decided(decide(router, prompt, options));
        expect(record.masked).not.toContain(record.candidate);
        expect([...record.masked, ...record.scores.map(({ candidate }) => candidate)].sort()).toEqual(CANDIDATES);
      }),
    );
  });

  it('is made as often as its propensity says', () => {
    fc.assert(
      fc.property(situations, ({ router, prompt, options }) => {
        const steps = 1000;
        const counts = new Map<string, number>();
        for (let i = 0; i < steps; i += 1) {
          const { candidate } = decided(decide(router, prompt, { ...options, u: (i + 0.5) / steps }));
          counts.set(candidate, (counts.get(candidate) ?? 0) + 1);
        }
        for (const { candidate, probability } of decided(decide(router, prompt, options)).scores) {
          // Each candidate owns at most two intervals of u, so at most two steps are rounded to a neighbour.
          expect(Math.abs((counts.get(candidate) ?? 0) / steps - probability)).toBeLessThanOrEqual(2 / steps + 1e-9);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is the same for the same arguments', () => {
    fc.assert(
      fc.property(situations, ({ router, prompt, options }) => {
        expect(decide(router, prompt, options)).toEqual(
          decide(structuredClone(router), prompt.slice(), { ...options }),
        );
      }),
    );
  });
});
