import { configureGlobal } from 'fast-check';

// A change must not fail for what another change broke: properties run on the same cases everywhere. FAST_CHECK_SEED=1, 2, ...
// looks for new ones.
configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_260_302) });
