import { SignalboxError } from '@signalbox/contracts';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChosenEmbedder, Embedder } from './embedder.js';
import { spaceId, spaceOf, type EmbeddingSpace } from './embedding-space.js';
import { createOnnxEmbedder } from './onnx/onnx-embedder.js';
import { readModelFolder } from './onnx/model-folder.js';
import { createTfidfSvdEmbedder, EMBEDDER_FILE } from './tfidf-svd/tfidf-svd-embedder.js';
import { useLiteFiles, useLiteRevision } from './use-lite/model-files.js';
import { createUseLiteEmbedder } from './use-lite/use-lite-embedder.js';
import { USE_LITE_SPACE } from './use-lite/use-lite-space.js';

/**
 * The files that an embedder is made of, by their paths in a folder of its own: weights, tokenizer and configuration, so that it can
 * go where no service embeds. {@link openEmbedderFolder} reads such a folder.
 * @returns absolute files by relative path; null for a server, whose model is elsewhere
 * @throws SignalboxError EMBEDDER_FOLDER_INVALID
 */
export async function embedderFiles(options: ChosenEmbedder): Promise<ReadonlyMap<string, string> | null> {
  switch (options.provider) {
    case 'use-lite':
      return useLiteFiles();
    case 'onnx': {
      const { files } = await readModelFolder(options.folder);
      return new Map(files.map((file) => [file, join(options.folder, file)]));
    }
    case 'openai':
    case 'tei':
      return null;
  }
}

/**
 * The embedder that the files of a folder make.
 * @param space that it is expected to make vectors of
 * @throws SignalboxError ARTIFACT_CORRUPT when it makes others, ARTIFACT_INVALID when no folder holds an embedder of that provider,
 *   EMBEDDER_FOLDER_INVALID for what is no sentence model in ONNX
 */
export async function openEmbedderFolder(folder: string, space: string, workers = 1): Promise<Embedder> {
  const embedder = await opened(folder, spaceOf(space), workers);
  if (spaceId(embedder.space) === space) return embedder;
  await embedder.close();
  throw new SignalboxError(
    'ARTIFACT_CORRUPT',
    `The embedder in ${folder} makes vectors of ${spaceId(embedder.space)}, not of ${space}.`,
    'Deploy the version again, or promote another one.',
  );
}

async function opened(folder: string, { provider, model }: EmbeddingSpace, workers: number): Promise<Embedder> {
  switch (provider) {
    case 'use-lite':
      return createUseLiteEmbedder(workers, {
        folder,
        space: { ...USE_LITE_SPACE, revision: await useLiteRevision(folder) },
      });
    case 'onnx':
      return createOnnxEmbedder({ provider, folder, model }, workers);
    case 'tfidf-svd':
      return createTfidfSvdEmbedder({ provider, model: await readFile(join(folder, EMBEDDER_FILE)) }, workers);
    case 'openai':
    case 'tei':
      throw new SignalboxError('ARTIFACT_INVALID', `An embedder of ${provider} is a server and lies in no folder.`);
  }
}
