import type { ChosenEmbedder } from '@signalbox/embedders';
import { z } from 'zod';
import type { Variable } from './environment.js';

const missing = 'is missing';
const EMBEDDER_PROVIDERS = ['use-lite', 'openai', 'tei', 'onnx'] as const;
const serverUrl = z.string(missing).refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
}, 'must be http:// or https://, without a password, a query and a fragment');
const positive = z.coerce
  .number('must be a positive integer')
  .int('must be a positive integer')
  .min(1, 'must be a positive integer');
const yesOrNo = z
  .enum(['true', 'false'], 'must be true or false')
  .optional()
  .transform((given) => given === 'true');
const server = {
  EMBEDDER_URL: serverUrl,
  EMBEDDER_API_KEY: z.string().optional(),
  EMBEDDER_REVISION: z.string().optional(),
};
const ofProvider = { error: ({ code, keys }: { code: string; keys?: string[] }) => unused(code, keys) };
const unused = (code: string, keys: string[] = []) =>
  code === 'unrecognized_keys'
    ? `this provider does not take ${keys.join(', ')}; leave it out, or set EMBEDDER`
    : undefined;

/** What createEmbedder of libs/embedders takes, but for what a dataset brings with it. */
const embedder: z.ZodType<ChosenEmbedder> = z
  .record(z.string(), z.string())
  .default({})
  .transform((given) => ({ EMBEDDER: 'use-lite', ...given }))
  .pipe(
    z.discriminatedUnion(
      'EMBEDDER',
      [
        z
          .strictObject({ EMBEDDER: z.literal('use-lite'), EMBEDDER_IN_ARTEFACT: yesOrNo }, ofProvider)
          .transform(({ EMBEDDER_IN_ARTEFACT: inArtefact }) => ({
            provider: 'use-lite' as const,
            ...(inArtefact && { inArtefact }),
          })),
        z
          .strictObject(
            {
              ...{ EMBEDDER: z.literal('openai'), ...server, EMBEDDER_MODEL: z.string(missing) },
              ...{
                EMBEDDER_DIMENSIONS: positive.optional(),
                EMBEDDER_CHUNK_BYTES: positive.min(64, 'must be 64 or more').optional(),
              },
            },
            ofProvider,
          )
          .transform((given) => ({
            ...{ provider: 'openai' as const, baseUrl: given.EMBEDDER_URL, apiKey: given.EMBEDDER_API_KEY },
            ...{ model: given.EMBEDDER_MODEL, dimensions: given.EMBEDDER_DIMENSIONS },
            ...{ chunkBytes: given.EMBEDDER_CHUNK_BYTES, revision: given.EMBEDDER_REVISION },
          })),
        z.strictObject({ EMBEDDER: z.literal('tei'), ...server }, ofProvider).transform((given) => ({
          ...{ provider: 'tei' as const, baseUrl: given.EMBEDDER_URL, apiKey: given.EMBEDDER_API_KEY },
          revision: given.EMBEDDER_REVISION,
        })),
        z
          .strictObject(
            {
              ...{
                EMBEDDER: z.literal('onnx'),
                EMBEDDER_FOLDER: z.string(missing),
                EMBEDDER_MODEL: z.string().optional(),
              },
              EMBEDDER_IN_ARTEFACT: yesOrNo,
            },
            ofProvider,
          )
          .transform((given) => ({
            ...{ provider: 'onnx' as const, folder: given.EMBEDDER_FOLDER, model: given.EMBEDDER_MODEL },
            ...(given.EMBEDDER_IN_ARTEFACT && { inArtefact: true }),
          })),
      ],
      `must be one of ${EMBEDDER_PROVIDERS.join(', ')}`,
    ),
  );

/** `EMBEDDER` and the variables that the chosen provider takes. */
export const EMBEDDER: Variable<ChosenEmbedder> = {
  name: 'EMBEDDER',
  schema: embedder,
  says: 'What makes vectors of prompts: use-lite (in this process, offline), openai (any server of /v1/embeddings), tei (text-embeddings-inference) or onnx (a local folder). The same for all services; see docs/embeddings.md for what a change costs.',
  example: 'use-lite',
  beside: [
    {
      name: 'EMBEDDER_URL',
      says: 'Of openai the base URL, of tei the root.',
      example: 'https://embeddings.example/v1',
    },
    { name: 'EMBEDDER_API_KEY', says: 'Of openai and tei, where the server wants one.', example: 'sk-...' },
    {
      name: 'EMBEDDER_MODEL',
      says: 'Of openai, as the server calls it; of onnx what its space is called, the name of the folder without it.',
      example: 'text-embedding-3-small',
    },
    {
      name: 'EMBEDDER_DIMENSIONS',
      says: 'Of openai, asked of models that can shorten their vectors. The server is asked once how long they are without it.',
      example: '512',
    },
    {
      name: 'EMBEDDER_CHUNK_BYTES',
      says: 'Of openai: longer texts are embedded in chunks. 8000 suits models of 8192 tokens, 1500 those of 512.',
      example: '8000',
    },
    {
      name: 'EMBEDDER_REVISION',
      says: 'Of openai and tei: your name for the model that answers, where the server does not tell. Without it the address of openai is part of its space.',
      example: '2026-01',
    },
    {
      name: 'EMBEDDER_FOLDER',
      says: 'Of onnx: model.onnx, tokenizer.json, config.json, 1_Pooling/config.json.',
      example: '/var/lib/signalbox/minilm',
    },
    {
      name: 'EMBEDDER_IN_ARTEFACT',
      says: 'Of use-lite and onnx: true puts the files of the model into each new version of a router, so that it decides where nothing else embeds; use-lite adds 30 MB.',
      example: 'true',
    },
  ],
};
