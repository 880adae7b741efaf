import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { agreementCommand } from './agreement.command.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agreement-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(lines: readonly string[], ...options: string[]): Promise<string> {
  await writeFile(join(folder, 'verdicts.jsonl'), lines.join('\n'));
  const stdout = new PassThrough();
  await agreementCommand({ initCwd: folder, stdout }).parseAsync(['verdicts.jsonl', ...options], { from: 'user' });
  stdout.end();
  return text(stdout);
}
const repeated = (times: number, ...lines: string[]) => Array.from({ length: times }, () => lines).flat();

describe('signalbox agreement', () => {
  it('prints its figures as one object, with null for what a file without the other order cannot tell', async () => {
    const lines = repeated(30, '{"human":1,"judge":1}', '{"human":2,"judge":2}', '{"human":2,"judge":1}');
    const printed: unknown = JSON.parse(await run(lines, '--json'));
    expect(printed).toEqual({
      pairs: 90,
      kappa: expect.closeTo(0.4, 12),
      kappaCi95: [expect.any(Number), expect.any(Number)],
      accuracy: 2 / 3,
      orderConsistency: null,
      accuracyOnConsistent: null,
    });
  });

  it.each([
    [10, '{"human":2,"judge":2}', 'Uncalibrated: 80 more pairs are needed to tell.'],
    [60, '{"human":2,"judge":2}', 'Passes: the lower bound of kappa reaches 0.4.'],
    [60, '{"human":1,"judge":1}', 'Uncalibrated: the verdicts do not vary enough to tell.'],
  ])('says what the gate of a judge would: %d times %s', async (times, second, verdict) => {
    const printed = await run(repeated(times, '{"human":1,"judge":1}', second));
    expect(printed.trimEnd().split('\n').at(-1)).toBe(verdict);
  });

  it('refuses a judge that agrees too little', async () => {
    const lines = repeated(
      40,
      '{"human":1,"judge":1}',
      '{"human":2,"judge":1}',
      '{"human":2,"judge":2}',
      '{"human":1,"judge":2}',
    );
    expect(await run(lines)).toContain('Refused: the lower bound of kappa is below 0.4.');
  });

  it('names the file and the line that cannot be read', async () => {
    await expect(run(['{"human":1,"judge":1}', '{"human":1,"judge":0}'])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('verdicts.jsonl, line 2, judge: must be 1 or 2'),
    });
  });
});
