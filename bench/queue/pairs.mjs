import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { bare, ours } from './sides.mjs';

/** Jobs that are being added at once. */
const ADDERS = 32;
/** Pairs of one run. A pair is one short turn of each side, since what slows a machine down for a while then meets both. */
const PAIRS = 40;
/** Turns of each side before the first pair: they make the connections, and Node compiles what runs often. */
const WARM_UP = 10;

/**
 * Measures the sides against each other: each has a queue of its own, which stays open, and who begins changes with every pair.
 * @param turn jobs of one turn
 * @param work whether workers take the jobs meanwhile; a turn then ends with the last job that is done
 * @returns {Promise<{ ours: Spent, peer: Spent }[][]>} the pairs of each run
 */
export async function measureRuns({ url, turn, work, runs }) {
  const trouble = Promise.withResolvers();
  trouble.promise.catch(() => undefined); // where it is awaited, it is too late for what comes while a side closes
  const fail = (message) => trouble.reject(new Error(message));
  const sides = { ours: openSide(ours, { url, name: 'bench.ours', fail }, work) };
  sides.peer = openSide(bare, { url, name: 'bench.bare', fail }, work);

  const measure = async () => {
    for (let at = 0; at < WARM_UP; at += 1) for (const side of Object.values(sides)) await take(side, turn);
    const measured = [];
    for (let run = 0; run < runs; run += 1) {
      const pairs = [];
      for (let at = 0; at < PAIRS; at += 1) {
        const pair = {};
        for (const name of at % 2 ? ['peer', 'ours'] : ['ours', 'peer']) pair[name] = await take(sides[name], turn);
        pairs.push(pair);
      }
      measured.push(pairs);
    }
    return measured;
  };
  const close = () => Promise.all(Object.values(sides).map((side) => side.close()));
  return Promise.race([measure(), trouble.promise]).finally(close);
}

/** @param work whether it has workers */
function openSide(open, options, work) {
  const side = open(options);
  const control = bare(options);
  const handled = counter();
  if (work) side.work(handled.handle);
  return {
    add: side.add,
    handled: work ? handled : undefined,
    queue: control.queue,
    close: () => Promise.all([side.close(), control.close()]),
  };
}

/**
 * @typedef {object} Spent milliseconds of one turn
 * @property {number} wall
 * @property {number} cpu of this process, which the backend is no part of
 * @returns {Promise<Spent>}
 */
async function take({ add, handled, queue }, jobs) {
  const ids = Array.from({ length: jobs }, () => randomUUID());
  const done = handled?.next(jobs);
  const [began, used] = [performance.now(), process.cpuUsage()];
  await Promise.all([addAll(add, ids), done]);
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(used);
  if (handled) await emptied(queue);
  return { wall, cpu: (user + system) / 1_000 };
}

async function addAll(add, ids) {
  let next = 0;
  const adder = async () => {
    while (next < ids.length) await add(ids[next++]);
  };
  await Promise.all(Array.from({ length: ADDERS }, adder));
}

/** The last jobs are done before the queue knows it, which shall not be in the other side's turn. */
async function emptied(queue) {
  while ((await queue.getJobCountByTypes('waiting', 'active', 'delayed')) > 0) await delay(2);
}

/** The handler of both sides, which does nothing but count. */
function counter() {
  let count = 0;
  let awaited = Infinity;
  let resolve;
  return {
    async handle() {
      count += 1;
      if (count === awaited) resolve();
    },
    next(jobs) {
      awaited = count + jobs;
      return new Promise((reached) => (resolve = reached));
    },
  };
}
