import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { openBackend } from '@signalbox/queue';
import { APPLICATION, bare, ours, WORKERS } from './sides.mjs';

/** @throws AssertionError when anything but the wrapper would be measured: one side's job or settings differ from the other's. */
export async function assertAlike(url) {
  const { wrapped, peer } = await describeSides(url);
  deepStrictEqual(wrapped, peer);
}

async function describeSides(url) {
  const name = 'bench.alike';
  const ignore = () => undefined;
  const [wrapped, peer] = [ours({ url, name, fail: ignore }), bare({ url, name, fail: ignore })];
  const backend = openBackend({ url, applicationName: APPLICATION });
  const ids = [randomUUID(), randomUUID()];
  await wrapped.add(ids[0]);
  await peer.add(ids[1]);
  const jobs = await peer.queue.getJobs(['waiting']);
  const [ourJob, bareJob] = ids.map((id) => jobs.find(({ data }) => data.id === id));

  const sender = backend.sender(name, ignore);
  const worker = backend.worker(name, async () => undefined, {
    concurrency: WORKERS,
    onError: ignore,
    onFailed: ignore,
  });
  const bareWorker = peer.work(async () => undefined);
  const described = {
    wrapped: { job: recordOf(ourJob), sender: settingsOf(sender), worker: settingsOf(worker) },
    peer: { job: recordOf(bareJob), sender: settingsOf(peer.queue), worker: settingsOf(bareWorker) },
  };
  // BullMQ forgets a connection of a worker that is closed before it is ready.
  await Promise.all([worker.waitUntilReady(), bareWorker.waitUntilReady()]);
  await Promise.all([sender, worker, wrapped, peer].map((each) => each.close()));
  await backend.clear();
  await backend.close();
  return described;
}

/** A job without what is its own: its number, its time and its id, which stands in its data and its key. */
function recordOf(job) {
  const { id, timestamp, ...record } = job?.asJSON() ?? {};
  return JSON.parse(JSON.stringify(record).replaceAll(job?.data.id, 'ID'));
}

/** Functions are left out: that of the pause between two connections is no part of a run that keeps its connection. */
function settingsOf({ opts: { connection, ...rest } }) {
  const { connectionString, application_name, connectionTimeoutMillis, ...redis } = connection.options ?? connection;
  // BullMQ alone opens the connection that a worker waits on beside its pool; ours is one more of the pool.
  const shared = connectionString ? { connectionString, application_name, connectionTimeoutMillis } : redis;
  return JSON.parse(JSON.stringify({ ...rest, connection: shared }));
}
