import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeEmbedder } from '../embedder.conformance.js';
import { createEmbedder } from '../embedder.js';
import { spaceId } from '../embedding-space.js';
import { TINY_DIM, TINY_TOKENS, writeTinyModel, type TinyModel } from './tiny-model.conformance.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-onnx-'));
  await writeTinyModel(join(root, 'tiny'));
});
afterAll(() => rm(root, { recursive: true }));

const create = (workers = 1, folder = 'tiny') =>
  createEmbedder({ provider: 'onnx', folder: join(root, folder), workers });

async function folderOf(name: string, given?: Partial<TinyModel>): Promise<string> {
  await writeTinyModel(join(root, name), given);
  return name;
}

describeEmbedder('onnx', (workers) => create(workers));

describe('a folder of a sentence model in ONNX', () => {
  const TEXT = 'What is the capital of France?';

  it('is a space of its own, which changes with any of its files and with nothing else', async () => {
    const ids = [];
    for (const [name, given] of [
      ['tiny', {}],
      ['weights', { seed: 'other' }],
      ['pooling', { pooling: { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false } }],
    ] as const) {
      const embedder = await createEmbedder({
        provider: 'onnx',
        model: 'm',
        folder: join(root, await folderOf(name, given)),
      });
      expect(embedder.space).toMatchObject({ provider: 'onnx', model: 'm', dim: TINY_DIM, normalised: true });
      ids.push(spaceId(embedder.space));
      await embedder.close();
    }
    expect(new Set(ids).size).toBe(3);
    const copy = await createEmbedder({ provider: 'onnx', model: 'm', folder: join(root, await folderOf('copy')) });
    expect(spaceId(copy.space)).toBe(ids[0]);
    await copy.close();
  });

  it('pools as its configuration says: the first token, or the mean of all', async () => {
    const cls = await folderOf('cls', { pooling: { pooling_mode_cls_token: true } });
    const [first, mean] = [await create(1, cls), await create()];
    const [a, b] = await first.embedAll([TEXT, 'Name the city.']);
    expect(Buffer.compare(Buffer.from(a!.buffer), Buffer.from(b!.buffer))).toBe(0); // both are the vector of [CLS]
    const [c, d] = await mean.embedAll([TEXT, 'Name the city.']);
    expect(Buffer.compare(Buffer.from(c!.buffer), Buffer.from(d!.buffer))).not.toBe(0);
    await Promise.all([first.close(), mean.close()]);
  });

  it('reads a long text in chunks of as many tokens as the model takes, of which two are its own', async () => {
    const embedder = await create();
    const words = (count: number) => 'word '.repeat(count);
    const detailed = await embedder.embedDetailed([words(TINY_TOKENS - 2), words(TINY_TOKENS - 1), words(100_000)]);
    expect(detailed.map(({ chunks }) => chunks)).toEqual([1, 2, 32]);
    expect(detailed[2]?.covered).toBeCloseTo((32 * (TINY_TOKENS - 2)) / 100_000, 5);
    await embedder.close();
  });

  it('takes token_type_ids where the graph wants them, and refuses inputs that it does not know', async () => {
    const types = await create(
      1,
      await folderOf('types', { inputs: ['input_ids', 'attention_mask', 'token_type_ids'] }),
    );
    const usual = await create();
    const [a, b] = [...(await types.embedAll([TEXT])), ...(await usual.embedAll([TEXT]))];
    expect(Buffer.compare(Buffer.from(a!.buffer), Buffer.from(b!.buffer))).toBe(0);
    const other = await create(1, await folderOf('other', { inputs: ['input_ids', 'global_attention_mask'] }));
    const failure: unknown = await other.embedAll([TEXT]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { message: expect.stringContaining('global_attention_mask') } });
    await Promise.all([types.close(), usual.close(), other.close()]);
  });

  it('whose files change after the process has read them gives no vector of the new ones', async () => {
    const embedder = await create(1, await folderOf('changing'));
    await folderOf('changing', { seed: 'other' });
    const failure: unknown = await embedder.embedAll([TEXT]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { message: expect.stringContaining('have changed') } });
    await embedder.close();
  });

  const spoil: [string, string, string | null, RegExp][] = [
    ['without tokenizer.json', 'tokenizer.json', null, /tokenizer.json: it is not there/],
    ['whose config.json is cut', 'config.json', '{', /config.json: it is no JSON/],
    ['without a graph', 'model.onnx', null, /model.onnx: it is not there/],
    ['that says not how to pool', '1_Pooling/config.json', '{}', /pooling_mode_mean_tokens/],
    [
      'with a layer after pooling',
      'modules.json',
      '[{"type":"sentence_transformers.models.Dense","path":"2_Dense"}]',
      /Dense/,
    ],
  ];
  it.each(spoil)('%s is refused by the name of the file', async (_, file, content, message) => {
    const folder = await folderOf(`spoilt ${file.replaceAll('/', ' ')}`);
    const path = join(root, folder, file);
    await (content === null ? rm(path) : writeFile(path, content));
    const failure: unknown = await create(1, folder).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'EMBEDDER_FOLDER_INVALID' });
    expect(String(failure)).toMatch(message);
  });

  it('that is not there is refused', async () => {
    await expect(create(1, 'nowhere')).rejects.toMatchObject({ code: 'EMBEDDER_FOLDER_INVALID' });
  });
});
