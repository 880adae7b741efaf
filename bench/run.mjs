// npm run bench -- NAME [--json] [--runs N]: runs bench/NAME/bench.mjs and prints its rows.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Row
 * @property {string} path what was measured
 * @property {number} ours median of the runs
 * @property {number | null} peer median of the peer, or the limit, in the same runs; null where there is none
 * @property {string} unit
 * @property {number | null} ratio higher is better: peer / ours for times, ours / peer for rates
 * @property {number | null} goal of the ratio
 * @property {[number, number]} spread least and greatest of ours
 */

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '5' } },
});
const [name] = positionals;
const bench = new URL(`./${name}/bench.mjs`, import.meta.url);
const runs = Number(values.runs);
if (!name || !/^[a-z-]+$/.test(name) || !existsSync(bench) || !Number.isInteger(runs) || runs < 1) {
  console.error('INVALID_INPUT: npm run bench -- NAME [--json] [--runs N], where NAME is a folder of bench/');
  process.exit(1);
}
const { measure } = await import(bench.href);
/** @type {Row[]} */
const rows = await measure({ runs, tell: (line) => console.error(line) });
if (values.json) {
  console.log(JSON.stringify(rows));
} else {
  console.table(
    rows.map(({ path, ours, peer, unit, ratio, goal, spread }) => ({
      path,
      ours,
      'peer or limit': peer,
      unit,
      ratio,
      goal,
      spread: spread.join(' to '),
    })),
  );
}
