export type ServiceName = 'ingest' | 'labeling' | 'embedding' | 'training' | 'registry';
export const SERVICES: readonly ServiceName[] = ['ingest', 'labeling', 'embedding', 'training', 'registry'];

export type StageName =
  'extract' | 'label' | 'replay' | 'embed' | 'dataset' | 'train' | 'evaluate' | 'register' | 'gate' | 'deploy';

export interface Stage {
  name: StageName;
  /** The service whose tables the stage writes. */
  owner: ServiceName;
  /** What it does, in one line. */
  does: string;
  /** What its progress counts. */
  unit: string;
}

/** The loop, in order. The pipeline, the docs and the tests read this list; nothing else knows the order. */
export const STAGES: readonly Stage[] = [
  { name: 'extract', owner: 'ingest', does: 'reads new traces of every source into LLM calls', unit: 'spans' },
  { name: 'label', owner: 'labeling', does: 'scores answers by metric, judge and feedback', unit: 'calls' },
  {
    name: 'replay',
    owner: 'labeling',
    does: 'asks sampled prompts of every candidate and labels the answers',
    unit: 'cells',
  },
  { name: 'embed', owner: 'embedding', does: 'embeds each distinct prompt once', unit: 'texts' },
  {
    name: 'dataset',
    owner: 'training',
    does: 'freezes outcomes, groups and split under a content hash',
    unit: 'prompts',
  },
  {
    name: 'train',
    owner: 'training',
    does: 'fits routers on the training part, choosing out of fold',
    unit: 'routers',
  },
  {
    name: 'evaluate',
    owner: 'training',
    does: 'compares policies once on prompts that training never saw',
    unit: 'prompts',
  },
  { name: 'register', owner: 'registry', does: 'records the artefact as a new version', unit: 'versions' },
  { name: 'gate', owner: 'registry', does: 'decides whether the version may go live', unit: 'checks' },
  { name: 'deploy', owner: 'registry', does: 'publishes the version and moves the alias', unit: 'files' },
];
