import { createHash } from 'node:crypto';

/**
 * What a vector means: two vectors may be compared only when their spaces are equal. A dataset's hash and a router's
 * manifest name the space that they were made in.
 */
export interface EmbeddingSpace {
  provider: Provider;
  model: string;
  /** First 16 hexadecimal digits of the sha256 of everything that decides the vectors: model, vocabulary, preparation of the text. */
  revision: string;
  /** Numbers per vector. */
  dim: number;
  /** Vectors have Euclidean length 1, so that their dot product is the cosine. */
  normalised: boolean;
}

/** One line that names a space, for a database column or a manifest, e.g. `use-lite/universal-sentence-encoder-lite@f00d…/512/unit`. */
export function spaceId(space: EmbeddingSpace): string {
  return `${space.provider}/${space.model}@${space.revision}/${space.dim}/${space.normalised ? 'unit' : 'raw'}`;
}

const SPACE_ID = /^([^/]+)\/(.+)@([^@/]+)\/(\d+)\/(unit|raw)$/;

/** The space that {@link spaceId} named. */
export function spaceOf(id: string): EmbeddingSpace {
  const [, provider, model = '', revision = '', dim, normalisation] = SPACE_ID.exec(id) ?? [];
  if (!isProvider(provider)) throw new Error(`${id} names no embedding space of this release.`);
  return { provider, model, revision, dim: Number(dim), normalised: normalisation === 'unit' };
}

const PROVIDERS = ['use-lite', 'openai', 'tei', 'onnx', 'tfidf-svd'] as const;
type Provider = (typeof PROVIDERS)[number];

const isProvider = (name: string | undefined): name is Provider => PROVIDERS.some((provider) => provider === name);

/** The revision of a space: of facts that decide its vectors, in a fixed order. */
export function revisionOf(facts: readonly (string | number | null)[]): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
}
