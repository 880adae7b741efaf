const { default: Sequencer } = require('@jest/test-sequencer');

/** Longest first: one that begins last keeps a machine waiting that has nothing else to do. A fresh clone knows no durations yet. */
const LONGEST = [
  'e2e/quickstart',
  'e2e/evaluate',
  'e2e/queue',
  'e2e/kills',
  'e2e/interruptions',
  'e2e/truth',
  'backends/readers',
  'extractions/kills',
  'formats/mutations',
  'xray/moto',
  'runs/judge-kills',
  'datasets/freeze',
  'datasets/fitted-embedder',
  'src/training',
  'src/job-queue',
  'src/evaluate.command',
].map((name) => `/${name}.spec.ts`);

module.exports = class extends Sequencer {
  sort(tests) {
    const placeOf = ({ path }) => {
      const place = LONGEST.findIndex((end) => path.endsWith(end));
      return place < 0 ? LONGEST.length : place;
    };
    const others = super.sort(tests);
    return [...others].sort((left, right) => placeOf(left) - placeOf(right));
  }
};
