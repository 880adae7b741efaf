import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { createEmbedder } from '@signalbox/embedders';
import { describeFailure } from './failures.js';
import { cachedVectors } from './vector-cache.js';

/** A copy of the encoder takes some 200 MB a worker. */
const MAX_WORKERS = 4;

/** `.signalbox/vectors` of the workspace. */
export const VECTOR_FOLDER = fileURLToPath(new URL('../../../.signalbox/vectors/', import.meta.url));

/** Vectors of USE-lite, of which those of earlier runs are kept in `folder`; tells on `stderr` how far it is. */
export async function embedTexts(texts: readonly string[], folder: string, stderr: Writable): Promise<Float32Array[]> {
  const workers = Math.min(availableParallelism(), MAX_WORKERS);
  const embedder = await createEmbedder({ provider: 'use-lite', workers });
  try {
    return await cachedVectors(texts, folder, embedder, {
      onStart: ({ texts, missing }) => {
        stderr.write(
          `${missing} of ${texts} texts have to be embedded; the vectors of ${texts - missing} are in the cache, ${folder}\n`,
        );
      },
      onProgress: ({ done, missing, kept }) => {
        stderr.write(`embedding ${done}/${missing} texts${kept ? ', vectors are cached for the next run' : ''}\n`);
      },
      onUnwritable: (problem) => stderr.write(describeFailure(problem)),
    });
  } finally {
    await embedder.close();
  }
}
