import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { spearman, weightedKappa } from './agreement.js';
import { pairwiseAgreement, parsePairVerdicts, type PairVerdict } from './pairwise-agreement.js';

const judges = new URL('../../../../shared/data/judges/', import.meta.url);
const sharedIt = existsSync(judges) ? it : it.skip;

const verdictsOf = (judge: string): PairVerdict[] => {
  const parsed = parsePairVerdicts(readFileSync(new URL(`llmbar-${judge}.jsonl`, judges), 'utf8'));
  if (!parsed.ok) throw new Error(parsed.error.path);
  return parsed.value;
};

/*
 * The figures of these cases are those of scikit-learn 1.9.1 and scipy 1.17.1:
 *   human = [(i*7919%13)%5 for i in range(300)]
 *   judge = [(h+(1 if i%3==0 else 0)+(2 if i%11==0 else 0))%5 for i,h in enumerate(human)]
 *   cohen_kappa_score(human, judge, weights='quadratic'); spearmanr(human, judge).statistic
 *   first = [1+(i*7919%13)%2 for i in range(300)]
 *   second = [(3-h if i%5==0 or i%7==3 else h) for i,h in enumerate(first)]
 *   cohen_kappa_score(first, second)
 * and, of a file of LLMBar: cohen_kappa_score([r['human'] for r in rows], [r['judge'] for r in rows])
 */
describe('the figures of agreement', () => {
  it('of graded scores are those of scikit-learn and scipy', () => {
    const human = Array.from({ length: 300 }, (_, i) => ((i * 7919) % 13) % 5);
    const rated = human.map((level, i) => ({
      human: level / 4,
      judge: ((level + (i % 3 === 0 ? 1 : 0) + (i % 11 === 0 ? 2 : 0)) % 5) / 4,
    }));
    expect(weightedKappa(rated)).toBeCloseTo(0.5860757200652134, 12);
    expect(spearman(rated)).toBeCloseTo(0.6036503717435802, 12);
  });

  it('of pairs are those of scikit-learn', () => {
    const verdicts = Array.from({ length: 300 }, (_, i): PairVerdict => {
      const human = ((i * 7919) % 13) % 2 === 0 ? 1 : 2;
      return { human, judge: i % 5 === 0 || i % 7 === 3 ? (human === 1 ? 2 : 1) : human };
    });
    const agreement = pairwiseAgreement(verdicts, { seed: 1 });
    expect(agreement.kappa).toBeCloseTo(0.37199358631747736, 12);
    expect(agreement).toMatchObject({ pairs: 300, orderConsistency: null, accuracyOnConsistent: null });
    const [lower, upper] = agreement.kappaCi95 ?? [NaN, NaN];
    expect(lower).toBeGreaterThan(0.37 - 0.13);
    expect(lower).toBeLessThan(0.37 - 0.08);
    expect(upper).toBeGreaterThan(0.37 + 0.08);
    expect(upper).toBeLessThan(0.37 + 0.13);
    expect(pairwiseAgreement(verdicts, { seed: 1 })).toEqual(agreement);
  });

  sharedIt.each([
    ['gpt-4', 0.8013071895424837, 0.9010416666666666, 0.9479166666666666, 0.9340659340659341],
    ['palm2', 0.5203857215361191, 0.7619047619047619, 0.7407407407407407, 0.9],
    ['chatgpt', 0.10769230769230764, 0.546875, 0.6666666666666666, 0.578125],
    ['llama2', 0.12087671232876718, 0.5602094240837696, 0.7643979057591623, 0.589041095890411],
  ])('of %s on LLMBar are those of scikit-learn', (judge, kappa, accuracy, orderConsistency, accuracyOnConsistent) => {
    const agreement = pairwiseAgreement(verdictsOf(judge), { seed: 1 });
    expect(agreement.kappa).toBeCloseTo(kappa, 12);
    expect(agreement.accuracy).toBeCloseTo(accuracy, 12);
    expect(agreement.orderConsistency).toBeCloseTo(orderConsistency, 12);
    expect(agreement.accuracyOnConsistent).toBeCloseTo(accuracyOnConsistent, 12);
  });

  it('are not defined where nothing varies, or where a judge is never consistent', () => {
    const same = Array.from({ length: 20 }, (): PairVerdict => ({ human: 1, judge: 1, judgeSwapped: 2 }));
    expect(pairwiseAgreement(same, { seed: 1 })).toEqual({
      ...{ pairs: 20, kappa: null, kappaCi95: null, accuracy: 1 },
      ...{ orderConsistency: 0, accuracyOnConsistent: null },
    });
  });
});

describe('parsePairVerdicts', () => {
  it.each([
    ['', 'line 1', 'holds no verdict'],
    ['{"human": 1, "judge": 2}\n{"human": 3, "judge": 1}', 'line 2, human', 'must be 1 or 2'],
    ['{"human": 1}', 'line 1, judge', 'must be 1 or 2'],
    ['{"human": 1, "judge": 2, "judgeSwapped": "2"}', 'line 1, judgeSwapped', 'must be 1 or 2'],
    ['{"human": 1, "judge": 2}\n\n{"human": 1, "judge": 2}', 'line 2', 'is not one JSON object'],
    ['[1, 2]', 'line 1', 'is not one JSON object'],
  ])('refuses %j and names the place', (text, path, hint) => {
    const parsed = parsePairVerdicts(text);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', path } });
    expect(parsed.ok ? '' : parsed.error.hint).toContain(hint);
  });

  it('reads lines that end as those of Windows do, a byte order mark, and a verdict without the other order', () => {
    const parsed = parsePairVerdicts(
      '\uFEFF{"human": 1, "judge": 2}\r\n{"human": 2, "judge": 2, "judgeSwapped": null}\r\n',
    );
    expect(parsed).toEqual({
      ok: true,
      value: [
        { human: 1, judge: 2 },
        { human: 2, judge: 2 },
      ],
    });
  });
});
