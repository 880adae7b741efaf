import { z } from 'zod';

const isoTime = z.iso.datetime({ offset: true });

/** Which calls a dataset is frozen from; `LlmCallFilter` with times as text, as the row of the dataset keeps it. */
export const callFilter = z.object({
  from: isoTime.nullable(),
  to: isoTime.nullable(),
  modelName: z.array(z.string()).nullable(),
  sourceId: z.uuid().nullable(),
  sessionId: z.string().nullable(),
  userId: z.string().nullable(),
  status: z.array(z.string()).nullable(),
  labelled: z.boolean().nullable(),
  performanceBelow: z.number().nullable(),
  text: z.string().nullable(),
});
export type CallFilter = z.infer<typeof callFilter>;

export const datasetRequest = z.object({
  filter: callFilter.nullable(),
  split: z.enum(['TIME', 'RANDOM', 'SESSION']),
  testShare: z.number().gt(0).lt(1),
  embargoSeconds: z.number().min(0),
  seed: z.int(),
});
export type DatasetRequest = z.infer<typeof datasetRequest>;
