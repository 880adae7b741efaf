import { SignalboxError } from '@signalbox/contracts';
import type { ExportedDataset, ExportedRow } from './formats/exported-dataset.js';
import type { FrozenDataset, SignalboxApi } from './signalbox-api.js';

export interface DatasetWish {
  /** The newest that is frozen when absent. */
  id?: string;
  router?: string;
}

/**
 * A frozen dataset of a running Signalbox.
 * @throws SignalboxError NOT_FOUND, CONFLICT while it is not frozen, or what the API answers
 */
export async function frozenDataset(api: SignalboxApi, { id, router }: DatasetWish): Promise<ExportedDataset> {
  const found = id === undefined ? await api.newestDataset(router ?? null) : await api.dataset(id);
  if (found === null) {
    const which =
      id === undefined ? `frozen dataset${router === undefined ? '' : ` of router ${router}`}` : `dataset ${id}`;
    throw new SignalboxError(
      'NOT_FOUND',
      `There is no ${which}.`,
      'Make one with buildDataset, or list them with datasets.',
    );
  }
  if (found.status !== 'SUCCEEDED') {
    throw new SignalboxError('CONFLICT', `Dataset ${found.id} is ${found.status}, not frozen.`);
  }
  return exportedFacts(found);
}

function exportedFacts({ id, hash, embedding, split, candidates, router }: FrozenDataset): ExportedDataset {
  const prices = new Map(router.candidates.map((candidate) => [candidate.name, candidate]));
  return {
    ...{ id, hash, embedding, split, router: router.name },
    candidates: candidates.map((name) => prices.get(name) ?? { name, inputPrice: null, outputPrice: null }),
  };
}

/** Its rows, a page at a time: no more than two pages are in memory. */
export async function* datasetRows(
  api: SignalboxApi,
  id: string,
  wish: { vectors: boolean },
): AsyncGenerator<ExportedRow> {
  for (let after: string | null = null, more = true; more;) {
    const page: Awaited<ReturnType<SignalboxApi['datasetRows']>> = await api.datasetRows(id, after, wish.vectors);
    yield* page.rows;
    ({ endCursor: after, hasNextPage: more } = page);
  }
}
