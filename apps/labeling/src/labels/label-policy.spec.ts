import 'reflect-metadata';
import { freshDatabase } from '@signalbox/testkit';
import { labelPolicy } from '@signalbox/scoring';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ALL_SERVICES, RunningLabeling } from '../testing/running-labeling.js';

let labeling: RunningLabeling;
let calls: string[];
beforeAll(async () => {
  labeling = await RunningLabeling.start(await freshDatabase(ALL_SERVICES));
  calls = await labeling.log(Array.from({ length: 1_500 }, (_, n) => ({ query: `p${n}`, response: 'x' })));
  await labeling.rows(
    `insert into labeling.label (id, call_id, kind, labeler, labeler_version, score, abstained)
     select gen_random_uuid(), id, kind, labeler, '1', score, false
     from unnest($1::uuid[]) id, (values ('METRIC', 'known', 1), ('HUMAN', 'human', 0.5), ('FEEDBACK', 'feedback', 0)) l (kind, labeler, score)`,
    [calls],
  );
  await labeling.rows('insert into labeling.performance (call_id) select unnest($1::uuid[])', [calls]);
}, 60_000);
afterAll(() => labeling.end());

const performances = async () =>
  labeling.rows(
    'select performance, labeler, count(*)::int as calls from labeling.performance group by 1, 2 order by 1',
  );
const restartWith = async (changes: object) => {
  await labeling.down();
  labeling.labelPolicy = labelPolicy.parse(changes);
  await labeling.up();
};
const resolvedAs = async (performance: number, labeler: string) => {
  const expected = [{ performance, labeler, calls: calls.length }];
  while (JSON.stringify(await performances()) !== JSON.stringify(expected)) await delay(50);
};

describe('the label policy of the operator', () => {
  it('holds for every answer that is there once it has changed, and again once it is taken back', async () => {
    await restartWith({ precedence: ['HUMAN', 'METRIC'] });
    await resolvedAs(0.5, 'human@1');
    await restartWith({ precedence: ['METRIC', 'FEEDBACK'], weights: { METRIC: { known: 1, unknown: 1 } } });
    await resolvedAs(0, 'feedback@1');
    await restartWith({});
    await resolvedAs(1, 'known@1');
    const stored = async () => (await labeling.rows<{ policy: string }>('select policy from labeling.label_policy'))[0];
    while ((await stored())?.policy !== JSON.stringify(labelPolicy.parse({}))) await delay(50);
  }, 60_000);

  it('lets in a judge by name that has not passed its gate, whose standing and error others may read', async () => {
    await labeling.rows(
      `insert into labeling.label (id, call_id, kind, labeler, labeler_version, score, abstained)
       select gen_random_uuid(), id, 'JUDGE', 'hasty', '1', 0.75, false from unnest($1::uuid[]) id`,
      [calls],
    );
    await labeling.rows(
      `insert into labeling.calibration (judge, version, pairs, passes_gate, reason, applied)
       values ('hasty', '1', 4, false, '96 more are needed.', true)`,
    );
    await restartWith({ precedence: ['JUDGE', 'HUMAN'] });
    await resolvedAs(0.5, 'human@1');
    await restartWith({ precedence: ['JUDGE', 'HUMAN'], allowUncalibrated: ['hasty'] });
    await resolvedAs(0.75, 'hasty@1');
    expect(await labeling.rows('select * from labeling.judge_gate_v1')).toEqual([
      { labeler: 'hasty@1', passes_gate: false, reason: '96 more are needed.' },
    ]);
    const pairs = await labeling.rows<{ call_id: string }>('select * from labeling.judge_pair_v1 order by call_id');
    expect(pairs.map(({ call_id: id }) => id)).toEqual([...calls].sort());
    expect(pairs[0]).toEqual({ call_id: [...calls].sort()[0], labeler: 'hasty@1', judge: 0.75, people: 0.5 });
    await labeling.rows(`delete from labeling.label where labeler = 'hasty'`);
    await restartWith({});
    await resolvedAs(1, 'known@1');
  }, 60_000);

  it('is explained of an answer, label by label', async () => {
    const [id = ''] = calls;
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on LlmCall {
      performanceExplained { performance kind labeler labels { kind labeler score counts why } } } } }`;
    const { data } = await labeling.graph<{ _entities: { performanceExplained: unknown }[] }>(query, {
      of: [{ __typename: 'LlmCall', id }],
    });
    expect(data._entities[0]?.performanceExplained).toEqual({
      ...{ performance: 1, kind: 'METRIC', labeler: 'known@1' },
      labels: expect.arrayContaining([
        {
          ...{ kind: 'METRIC', labeler: 'known@1', score: 1, counts: true },
          why: 'METRIC is the first kind with a usable label; by known@1',
        },
        ...[
          ['HUMAN', 'human@1', 0.5],
          ['FEEDBACK', 'feedback@1', 0],
        ].map(([kind, labeler, score]) => ({
          kind,
          labeler,
          score,
          counts: false,
          why: `METRIC comes before ${kind}`,
        })),
      ]),
    });
  });
});
