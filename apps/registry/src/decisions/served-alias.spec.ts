import { describe, expect, it } from '@jest/globals';
import { accept, reject, type Result } from '@signalbox/contracts';
import type { LoadedVersion, Manifest } from '@signalbox/runtime';
import { ServedAlias } from './served-alias.js';

const manifest: Manifest = {
  schema: 'signalbox/router-artefact/1',
  router: 'bot',
  version: 1,
  routerType: 'constant',
  candidates: [],
  bestSingle: 'a',
  embedding: null,
  params: {},
  tradeoff: { usd: 0, seconds: 0 },
  exploration: { epsilon: 0 },
  datasetHash: null,
  metrics: {},
  codeVersion: '0.1.0',
  files: [{ path: 'model.onnx', sha256: '0'.repeat(64), bytes: 1 }],
};

function loaded(version: number): LoadedVersion {
  return {
    name: `bot@${version}`,
    router: 'bot',
    version,
    model: {
      type: 'constant',
      candidates: [],
      dim: 0,
      bestSingle: 'a',
      params: {},
      tensors: {},
      tradeoff: { usd: 0, seconds: 0 },
    },
    exploration: { epsilon: 0 },
    abilities: [],
    embedding: null,
    manifest,
    manifestSha256: String(version),
    carriesEmbedder: false,
  };
}

/** An alias whose row, disk and clock a test moves by hand. */
class Surroundings {
  points: number | null = 1;
  time = 0;
  loads = 0;
  warnings: string[] = [];
  target = (): Promise<{ version: number; sha256: string } | null> =>
    Promise.resolve(this.points === null ? null : { version: this.points, sha256: String(this.points) });
  load = (version: number): Result<LoadedVersion> => accept(loaded(version));
  readonly alias = new ServedAlias(
    {
      target: () => this.target(),
      load: ({ version }) => {
        this.loads += 1;
        return Promise.resolve(this.load(version));
      },
      warn: (what) => this.warnings.push(what),
    },
    () => this.time,
  );
  async after(ms: number): Promise<string | undefined> {
    this.time += ms;
    return (await this.alias.current())?.name;
  }
}

describe('a served alias', () => {
  it('loads a version once, and another when the row says so: after a second, or at once where it was moved here', async () => {
    const around = new Surroundings();
    const names = await Promise.all([around.after(0), around.after(0), around.after(0)]);
    expect([names, around.loads]).toEqual([['bot@1', 'bot@1', 'bot@1'], 1]);
    await around.after(5_000);
    expect(around.loads).toBe(1);
    around.points = 2;
    expect(await around.after(1)).toBe('bot@1');
    expect(await around.after(1_000)).toBe('bot@2');
    around.points = 1;
    around.alias.expire();
    expect(await around.after(0)).toBe('bot@1');
  });

  it('keeps the last good version when the next one is broken, and tells it once', async () => {
    const around = new Surroundings();
    await around.after(0);
    around.points = 2;
    around.load = () => reject('ARTIFACT_CORRUPT', '', 'broken');
    expect(await around.after(1_000)).toBe('bot@1');
    expect(await around.after(1_000)).toBe('bot@1');
    expect(around.warnings).toEqual(['bot@1 keeps deciding: broken']);
    around.load = (version) => accept(loaded(version));
    expect(await around.after(1_000)).toBe('bot@2');
  });

  it('keeps deciding while the database is down or does not answer', async () => {
    const around = new Surroundings();
    await around.after(0);
    around.target = () => Promise.reject(new Error('ECONNREFUSED'));
    expect(await around.after(1_000)).toBe('bot@1');
    around.target = () => new Promise(() => undefined);
    expect(await around.after(1_000)).toBe('bot@1');
  });

  it('says why when there is no version yet, and looks again', async () => {
    const around = new Surroundings();
    around.load = () => reject('ARTIFACT_CORRUPT', '', 'broken');
    await expect(around.after(0)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT', message: 'broken' });
    around.points = null;
    expect(await around.after(0)).toBeUndefined();
    around.points = 1;
    around.load = (version) => accept(loaded(version));
    expect(await around.after(1_000)).toBe('bot@1');
  });
});
