import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { z } from 'zod';
import { DatasetLeaksType, DatasetSplitType } from './dataset-details.type.js';
import { SplitMethod } from './dataset.input.js';
import { DatasetType } from './dataset.type.js';

const parts = z.object({ train: z.int(), test: z.int(), spanning: z.int(), embargo: z.int() });
const splitFacts = z.object({
  method: z.enum(SplitMethod),
  testShare: z.number(),
  embargoSeconds: z.number().nullable(),
  cut: z.coerce.date().nullable(),
  counts: parts,
});
const leakFacts = z.object({
  ...{ clean: z.boolean(), groups: z.int(), duplicateRows: z.int(), spanningGroups: z.int(), parts },
  shared: z.object({
    ...{ groups: z.int(), texts: z.int(), nearDuplicateTests: z.int() },
    conversations: z.int().nullable(),
  }),
});

/** What a dataset keeps as JSON, as types. */
@Resolver(() => DatasetType)
export class DatasetDetailsResolver {
  @ResolveField(() => DatasetSplitType, {
    nullable: true,
    description: 'How train and test are told apart, as `split` says; null until it is frozen.',
  })
  splitDetails(@Parent() { hash, split }: DatasetType): DatasetSplitType | null {
    if (hash === null) return null;
    const { counts, ...facts } = splitFacts.parse(split);
    return { ...facts, calls: counts };
  }

  @ResolveField(() => DatasetLeaksType, {
    nullable: true,
    description: 'What train and test share, as `leakReport` says; null until it is frozen.',
  })
  leakDetails(@Parent() { hash, leakReport }: DatasetType): DatasetLeaksType | null {
    if (hash === null) return null;
    const { shared, parts: rows, ...facts } = leakFacts.parse(leakReport);
    const { groups: sharedGroups, texts: sharedTexts, conversations: sharedConversations } = shared;
    return {
      ...facts,
      rows,
      sharedGroups,
      sharedTexts,
      sharedConversations,
      nearDuplicateTests: shared.nearDuplicateTests,
    };
  }
}
