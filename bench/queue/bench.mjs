// Jobs a second through libs/queue, against BullMQ alone with the same options, connections and payloads, on each backend.
// The ratio is the median of the ratios of all pairs, 40 a run: it shifts less than that of two medians on a machine that is busy.
import { openBackend } from '@signalbox/queue';
import { intervalOfMedian, median, round, sum } from '../statistics.mjs';
import { assertAlike } from './alike.mjs';
import { measureRuns } from './pairs.mjs';
import { BACKENDS, withServer } from './servers.mjs';
import { APPLICATION } from './sides.mjs';

const GOAL = 0.95;
/** `turn` is the jobs of one turn of one side. */
const PATHS = {
  postgresql: [
    { path: 'add', turn: 60, work: false },
    { path: 'add-and-process', turn: 40, work: true },
  ],
  redis: [
    { path: 'add', turn: 300, work: false },
    { path: 'add-and-process', turn: 200, work: true },
  ],
};

async function measurePath({ path, turn, work }, { backend, url, runs, tell }) {
  const name = `queue/${backend}/${path}`;
  tell(name);
  const measured = await measureRuns({ url, turn, work, runs });
  await clear(url);

  const pairs = measured.flat();
  const ratios = pairs.map(({ ours, peer }) => peer.wall / ours.wall);
  const interval = intervalOfMedian(ratios).map((ratio) => round(ratio));
  const cpu = (side) => round((median(pairs.map((pair) => pair[side].cpu)) * 1_000) / turn, 1);
  tell(`  95 % interval of the ratio ${interval.join(' to ')} with ${ratios.length} pairs`);
  tell(`  CPU of this process in µs a job: ours ${cpu('ours')}, BullMQ alone ${cpu('peer')}`);

  const rates = (side) =>
    measured.map((run) => round((run.length * turn * 1_000) / sum(run.map((pair) => pair[side].wall)), 0));
  return {
    path: name,
    ours: round(median(rates('ours')), 0),
    peer: round(median(rates('peer')), 0),
    unit: 'jobs/s',
    ratio: round(median(ratios)),
    goal: GOAL,
    spread: [Math.min(...rates('ours')), Math.max(...rates('ours'))],
  };
}

async function clear(url) {
  const backend = openBackend({ url, applicationName: APPLICATION });
  await backend.clear();
  await backend.close();
}

export async function measure({ runs, tell }) {
  const rows = [];
  for (const backend of BACKENDS) {
    if (backend.missing) {
      tell(`queue/${backend.name}: left out, ${backend.missing}`);
      continue;
    }
    await withServer(backend, async (url) => {
      await assertAlike(url);
      for (const path of PATHS[backend.name])
        rows.push(await measurePath(path, { backend: backend.name, url, runs, tell }));
    });
  }
  return rows;
}
