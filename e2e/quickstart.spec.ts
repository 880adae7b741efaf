import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDataFolder, quickstart, removeFolder, type Ended, type Report } from './quickstart.process.js';

const WHOLE_LOOP = 600_000;

function reportOf({ code, stderr, json }: Ended): Report {
  if (code !== 0 || json === null) throw new Error(`quickstart ended with ${code}:\n${stderr.slice(-4000)}`);
  return json;
}

describe('quickstart on sample traffic', () => {
  let folder: string;
  let first: Report;

  beforeAll(async () => {
    folder = await newDataFolder();
    first = reportOf(await quickstart(folder).end());
  }, WHOLE_LOOP);
  afterAll(() => removeFolder(folder));

  it('stores every call of the sample traffic and counts what it skips', () => {
    expect(first.callsStored).toBeGreaterThanOrEqual(4000);
    expect(Object.values(first.callsSkipped).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
    expect(first.callsDuplicate).toBe(0);
  });

  it('has labels of every kind, and replayed answers', () => {
    expect(Object.keys(first.labels).sort()).toEqual(['FEEDBACK', 'HUMAN', 'JUDGE', 'METRIC']);
    expect(first.replayCells).toBeGreaterThanOrEqual(3000);
  });

  it('passes the gate on prompts that training never saw, and the trained version decides', () => {
    expect(first.gatePassed).toBe(true);
    expect(first.championVersion).toBe('quickstart@2');
    expect(first.decision.routerVersion).toBe('quickstart@2');
    expect(first.results.map((row) => row.policy)).toEqual(
      expect.arrayContaining(['logged', 'random', 'cheapest', 'bestSingle', 'oracle']),
    );
  });

  it(
    'meets the same calls in a second run, stores none twice, and says so',
    async () => {
      const ended = await quickstart(folder).end();
      const second = reportOf(ended);
      expect(second.callsStored).toBe(first.callsStored);
      expect(second.callsDuplicate).toBe(first.callsStored);
      expect(second.datasetHash).toBe(first.datasetHash);
      expect(ended.stdout).toContain('this run stored 0');
    },
    WHOLE_LOOP,
  );

  it(
    'finishes with the same dataset and the same report after kill -9 of everything in the middle, in a new folder',
    async () => {
      const other = await newDataFolder();
      try {
        for (const moment of ['calls stored', 'replay ', 'embed ']) {
          const killed = quickstart(other);
          await killed.until(moment);
          killed.killGroup();
          await killed.end();
        }
        const resumed = reportOf(await quickstart(other).end());
        expect(resumed).toEqual(first);
      } finally {
        await removeFolder(other);
      }
    },
    WHOLE_LOOP,
  );
});

describe('quickstart on traffic without signal', () => {
  it(
    'is refused by the gate, and version 1 keeps deciding',
    async () => {
      const folder = await newDataFolder();
      try {
        const report = reportOf(await quickstart(folder, '--scenario', 'no-signal').end());
        expect(report.gatePassed).toBe(false);
        expect(report.championVersion).toBe('quickstart@1');
        expect(report.decision.routerVersion).toBe('quickstart@1');
      } finally {
        await removeFolder(folder);
      }
    },
    WHOLE_LOOP,
  );
});
