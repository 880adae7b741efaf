import type { Sample, Seen, Severity } from './sample.js';
import type { Settings } from './settings.js';

/** One thing that hurts later stages, and how it is seen in a sample. */
export interface Check {
  code: string;
  /** At the most: see `diagnose`. */
  severity: Severity;
  question: string;
  /** How it is found, and what for. */
  found: string;
  /** What is counted, in the plural. */
  unit: string;
  /** Share from which on it is worth a word; any when absent. */
  from?: number;
  /** Null where the sample cannot tell. */
  look(sample: Sample): Seen | null;
  settings: Settings;
}
