import type { ExplorationPolicy } from '@signalbox/contracts';

/** What a trained version is deployed with, and so what it is evaluated with. */
export const DEFAULT_EXPLORATION: ExplorationPolicy = { epsilon: 0.02 };
