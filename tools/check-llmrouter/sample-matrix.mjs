const MODELS = [
  { name: 'small-7b', costUsd: 0.0002, skill: { sums: 0.9, capitals: 0.3 } },
  { name: 'middle-13b', costUsd: 0.0009, skill: { sums: 0.6, capitals: 0.7 } },
  { name: 'large-70b', costUsd: 0.004, skill: { sums: 0.8, capitals: 0.9 } },
];
const PLACES = ['France', 'Peru', 'Japan', 'Kenya', 'Norway', 'Chile', 'Nepal', 'Ghana', 'Spain', 'Cuba'];

/** An outcome matrix, as text, in which models differ by task: there is something to learn. The same every time. */
export function sampleMatrix({ prompts }) {
  const random = mulberry32(7);
  const lines = Array.from({ length: prompts }, (_, n) => {
    const task = n % 2 === 0 ? 'sums' : 'capitals';
    const query =
      task === 'sums'
        ? `What is ${n * 37} plus ${n * 91}? Answer with the number.`
        : `Question ${n}: what was the capital of ${PLACES[(n * 7) % PLACES.length]} in the year ${1200 + n}?`;
    const outcomes = Object.fromEntries(
      MODELS.map(({ name, costUsd, skill }) => [name, { performance: random() < skill[task] ? 1 : 0, costUsd }]),
    );
    return `${JSON.stringify({ query, task, group: `prompt ${n}`, outcomes })}\n`;
  });
  return lines.join('');
}

/** Tommy Ettinger's generator of 32 bits. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
