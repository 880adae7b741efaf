import { describe, expect, it } from '@jest/globals';
import { EMBEDDER } from './embedder-variable.js';
import { parseEnvironment } from './environment.js';

const parsed = (given: Record<string, string>) => parseEnvironment({ embedder: EMBEDDER }, given).embedder;
const URL_OF = { EMBEDDER_URL: 'http://tei:8080/v1' };

describe('EMBEDDER', () => {
  it('is use-lite where nothing is set, whatever else the environment holds', () => {
    expect(parsed({})).toEqual({ provider: 'use-lite' });
    expect(parsed({ PATH: '/bin' })).toEqual({ provider: 'use-lite' });
  });

  it('takes the variables of the provider', () => {
    expect(parsed({ EMBEDDER: 'openai', ...URL_OF, EMBEDDER_MODEL: 'm', EMBEDDER_DIMENSIONS: '256' })).toEqual({
      ...{ provider: 'openai', baseUrl: 'http://tei:8080/v1', model: 'm', dimensions: 256 },
    });
    expect(parsed({ EMBEDDER: 'tei', ...URL_OF, EMBEDDER_API_KEY: 'k', EMBEDDER_REVISION: 'r' })).toEqual({
      ...{ provider: 'tei', baseUrl: 'http://tei:8080/v1', apiKey: 'k', revision: 'r' },
    });
    expect(parsed({ EMBEDDER: 'onnx', EMBEDDER_FOLDER: '/models/bge' })).toEqual({
      provider: 'onnx',
      folder: '/models/bge',
    });
    expect(parsed({ EMBEDDER_IN_ARTEFACT: 'true' })).toEqual({ provider: 'use-lite', inArtefact: true });
    expect(parsed({ EMBEDDER: 'onnx', EMBEDDER_FOLDER: '/m', EMBEDDER_IN_ARTEFACT: 'false' })).toEqual({
      provider: 'onnx',
      folder: '/m',
    });
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ EMBEDDER: 'word2vec' }, /EMBEDDER: must be one of use-lite, openai, tei, onnx/],
    [{ EMBEDDER: 'openai' }, /EMBEDDER_URL: is missing\n {2}EMBEDDER_MODEL: is missing/],
    [
      { EMBEDDER: 'openai', ...URL_OF, EMBEDDER_MODEL: 'm', EMBEDDER_DIMENSIONS: 'many' },
      /EMBEDDER_DIMENSIONS: must be a positive/,
    ],
    [{ EMBEDDER: 'tei', EMBEDDER_URL: 'tei:8080' }, /EMBEDDER_URL: must be http/],
    [{ EMBEDDER: 'tei', EMBEDDER_URL: 'http://u:secret@tei' }, /EMBEDDER_URL: must be http/],
    [{ EMBEDDER: 'onnx' }, /EMBEDDER_FOLDER: is missing/],
    [{ EMBEDDER: 'tei', ...URL_OF, EMBEDDER_IN_ARTEFACT: 'true' }, /does not take EMBEDDER_IN_ARTEFACT/],
    [{ EMBEDDER_IN_ARTEFACT: 'yes' }, /EMBEDDER_IN_ARTEFACT: must be true or false/],
    [{ ...URL_OF }, /EMBEDDER: this provider does not take EMBEDDER_URL; leave it out, or set EMBEDDER/],
  ])('of %j prints every fault at once, by the name of the variable', (given, message) => {
    expect(() => parsed(given)).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }));
    expect(() => parsed(given)).toThrow(message);
    expect(() => parsed(given)).not.toThrow(/secret/);
  });
});
