import { z } from 'zod';

export const MODEL_FILE = 'model.onnx';
export const MANIFEST_FILE = 'manifest.json';
/** Below it lie the files of an embedder that travels with the version. */
export const EMBEDDER_FOLDER = 'embedder';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.number().min(0);

export const routerNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/,
    'expected 1 to 100 of A-Z a-z 0-9 _ . -, beginning with a letter or digit',
  );
export const versionNumberSchema = z.int().min(1);
export const aliasSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'expected 1 to 63 of a-z 0-9 -, beginning with a letter');

/** Names of a path begin with no dot, so that none climbs. */
const embedderPath = z.string().regex(/^embedder(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/, 'expected a path below embedder/');
const fileSchema = <P extends string>(path: z.ZodType<P>) => z.strictObject({ path, sha256, bytes: z.int().min(1) });

const candidateSchema = z.strictObject({
  name: z.string().min(1),
  /** USD per million tokens; null when unknown. */
  inputPrice: amount.nullable(),
  outputPrice: amount.nullable(),
  cachedInputPrice: amount.nullable(),
  /** Tokens; null when unknown. */
  maxInputTokens: z.int().min(1).nullable(),
  capabilities: z.array(z.string()),
  regions: z.array(z.string()),
  available: z.boolean(),
});

const embeddingSpaceSchema = z.strictObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  revision: z.string(),
  dim: z.int().min(1),
  normalised: z.boolean(),
});

/**
 * What `manifest.json` holds. Strict: a field that this version does not know is refused, for it might change what is decided.
 * No creation time and no host: the same input gives the same bytes.
 */
export const manifestSchema = z
  .strictObject({
    schema: z.literal('signalbox/router-artefact/1'),
    router: routerNameSchema,
    version: versionNumberSchema,
    routerType: z.enum(['constant', 'kmeans', 'knn', 'ridge']),
    /** In the order of the columns of the model. */
    candidates: z.array(candidateSchema).min(1),
    bestSingle: z.string(),
    /** Null for a constant, which reads no vector. */
    embedding: embeddingSpaceSchema.nullable(),
    params: z.record(z.string(), z.number()),
    /** Quality points per USD and per second. */
    tradeoff: z.strictObject({ usd: amount, seconds: amount }),
    exploration: z.strictObject({ epsilon: z.number().min(0).max(1) }),
    /** Null for a version that no dataset made. */
    datasetHash: z.string().min(1).nullable(),
    /** On the test part; null where the data could not support a number. */
    metrics: z.record(z.string(), z.number().nullable()),
    codeVersion: z.string().min(1),
    /** The model, then those of the embedder where it travels with the version. */
    files: z.tuple([fileSchema(z.literal(MODEL_FILE))], fileSchema(embedderPath)),
  })
  .superRefine((manifest, context) => {
    const names = manifest.candidates.map(({ name }) => name);
    if (new Set(names).size < names.length) context.addIssue({ code: 'custom', message: 'a candidate is named twice' });
    if (!names.includes(manifest.bestSingle)) {
      context.addIssue({ code: 'custom', message: 'bestSingle is none of the candidates' });
    }
    if (new Set(manifest.files.map(({ path }) => path)).size < manifest.files.length) {
      context.addIssue({ code: 'custom', message: 'a file is named twice' });
    }
    if (manifest.embedding === null && manifest.files.length > 1) {
      context.addIssue({ code: 'custom', message: 'a router that reads no vectors carries no embedder' });
    }
    if ((manifest.embedding === null) !== (manifest.routerType === 'constant')) {
      context.addIssue({ code: 'custom', message: 'every router but a constant, and only such, names its embedding' });
    }
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestCandidate = z.infer<typeof candidateSchema>;
export type EmbeddingSpace = z.infer<typeof embeddingSpaceSchema>;

/** What `routers/<name>/<alias>.json` holds: with the digest, a manifest put in the place of another is noticed. */
export const aliasPointerSchema = z.strictObject({
  schema: z.literal('signalbox/router-alias/1'),
  router: routerNameSchema,
  alias: aliasSchema,
  version: versionNumberSchema,
  manifestSha256: sha256,
});

export type AliasPointer = z.infer<typeof aliasPointerSchema>;
