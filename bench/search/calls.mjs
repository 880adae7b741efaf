// Calls as rows for COPY, whose prompts are words of the docs, the frequent ones more often.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const DOCS = new URL('../../docs/', import.meta.url);
const START = Date.parse('2026-01-01T00:00:00Z');
const SPACING_MS = 9_000;
const DRAWS = 2 ** 20;
const RARE_EVERY = 100_000;

export const SOURCE = '01930000-0000-7000-8000-000000000001';
export const RARE = 'xylophone';
export const COLUMNS = [
  ...['id', 'trace_id', 'span_id', 'source_id', 'dialect', 'service_name', 'started_at', 'response_time_seconds'],
  ...[
    'query',
    'messages',
    'response',
    'request_model',
    'response_model',
    'model_name',
    'input_tokens',
    'output_tokens',
  ],
  ...['cost_usd', 'cost_estimated', 'session_id', 'user_id', 'request_id', 'status', 'has_tools', 'truncated'],
];

/** Distinct words, the most frequent first. */
function words() {
  const texts = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(new URL(name, DOCS), 'utf8'));
  const counts = new Map();
  for (const word of texts.join(' ').match(/[a-z]{2,}/gi) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([word]) => word);
}
const WORDS = words();

function drawn(random, count) {
  const word = () => WORDS[Math.floor((uniformInt(random, 0, DRAWS - 1) / DRAWS) ** 3 * WORDS.length)];
  return Array.from({ length: count }, word).join(' ');
}

const digest = (text, digits) => createHash('sha256').update(text).digest('hex').slice(0, digits);

/** Calls `first` to `last`, one every nine seconds of 2026, with prompts of 30 to 69 words; one in 100,000 has the rare one. */
export function* callsOf(first, last) {
  for (let n = first; n <= last; n += 1) {
    const random = xoroshiro128plus(n);
    const rare = n % RARE_EVERY === RARE_EVERY / 2 ? ` ${RARE}` : '';
    const query = drawn(random, 30 + (n % 40)) + rare;
    const started = START + n * SPACING_MS;
    const id = `${started.toString(16).padStart(12, '0')}7${digest(`call ${n}`, 19)}`;
    const model = `model ${n % 7}`;
    yield [
      ...[
        id,
        digest(`trace ${n >> 1}`, 32),
        digest(`span ${n}`, 16),
        SOURCE,
        'genai',
        'service',
        new Date(started),
        1 + (n % 7),
      ],
      ...[query, JSON.stringify([{ role: 'user', content: query }]), drawn(random, 30), model, model, model, 100, 50],
      ...[0.001, false, `session ${n >> 2}`, `user ${n % 20_000}`, `request ${n}`, 'OK', false, false],
    ];
  }
}
