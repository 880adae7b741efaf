import type { Draw } from '../draw.js';
import { textual, type Family, type Slots, type Solution } from './family.js';
import { NAMES, PLACES, TEAMS, TOPICS, WORDS } from './vocabulary.js';

const GOOD = [
  'the staff were friendly and quick',
  'everything worked from the first day',
  'the quality is far better than I hoped',
  'I would buy it again at once',
  'the food was fresh and delicious',
  'our room was spotless and quiet',
  'delivery came two days early',
  'the instructions were clear and short',
  'it feels solid and well made',
  'the price was more than fair',
  'they answered my letter within an hour',
  'my children absolutely love it',
  'the view from the terrace was wonderful',
  'the battery lasts longer than promised',
  'the repair was free and careful',
];
const BAD = [
  'the staff were rude and slow',
  'it broke on the second day',
  'the quality is far worse than I feared',
  'I want my money back',
  'the food was cold and stale',
  'our room was dirty and noisy',
  'delivery came two weeks late',
  'the instructions were confusing and wrong',
  'it feels flimsy and cheap',
  'the price was outrageous',
  'nobody ever answered my letters',
  'my children were bored and disappointed',
  'the terrace stank of rubbish',
  'the battery dies after an hour',
  'the repair made it even worse',
];
const REVIEW = '[A-Z][A-Za-z ,;]+\\.';
const drawReview = (draw: Draw) => {
  const good = draw.int(0, 3);
  const remarks = draw.shuffle([...draw.some(GOOD, good), ...draw.some(BAD, 3 - good)]);
  const [first = '', second = '', third = ''] = remarks;
  const review = `${first.charAt(0).toUpperCase()}${first.slice(1)}; ${second}; ${third}.`;
  return { review, topic: draw.pick(TOPICS), place: draw.pick(PLACES), name: draw.pick(NAMES) };
};
const isGood = (remark: string): boolean => GOOD.some((each) => each.toLowerCase() === remark.toLowerCase());
const sentimentOf = (s: Slots) => {
  const good = s
    .text('review')
    .slice(0, -1)
    .split('; ')
    .filter((remark) => isGood(remark)).length;
  return good >= 2 ? textual('positive', ['negative', 'neutral']) : textual('negative', ['positive', 'neutral']);
};

export const sentiment: Family = {
  name: 'sentiment',
  forms: [
    {
      template:
        'Classify the sentiment of this customer review of the {topic} in {place} as positive or negative, by the majority of its three remarks. Review by {name}: "{review}" Label only.',
      patterns: { review: REVIEW },
      draw: drawReview,
      solve: sentimentOf,
    },
    {
      template:
        'A guest called {name} wrote about the {place} {topic}: "{review}" Is the tone of this feedback overall positive or negative, counting the three points? One lower-case word.',
      patterns: { review: REVIEW },
      draw: drawReview,
      solve: sentimentOf,
    },
    {
      template:
        'Sentiment tagging for the {topic} survey in {place}. Text from {name}: "{review}" If at least two of the three comments praise, the tag is positive, otherwise negative. Output the tag.',
      patterns: { review: REVIEW },
      draw: drawReview,
      solve: sentimentOf,
    },
  ],
};

const KEYWORDS = '[a-z]+(?:, [a-z]+){3}';
const drawNotice = (draw: Draw) => ({
  keywords: draw.some(WORDS, 4).join(', '),
  topic: draw.pick(TOPICS),
  place: draw.pick(PLACES),
  team: draw.pick(TEAMS),
  name: draw.pick(NAMES),
});
const notice = (s: Slots): Solution => {
  const keywords = s.text('keywords').split(', ');
  const [one = '', two = '', three = '', four = ''] = keywords;
  const opening = `News from the ${s.text('topic')} for everyone in the ${s.text('team')} team`;
  return {
    answer: `${opening}: the ${one} and the ${two} arrive soon, while the ${three} and the ${four} stay here.`,
    comparison: 'keywords',
    keywords,
    half: `${opening}: the ${one} and the ${two} arrive soon, while all the rest stays here.`,
    wrong: [
      `${opening}: there will be changes soon, and all of you will hear more next week.`,
      `${opening}: thank you all for your patience.`,
    ],
  };
};

export const rewriting: Family = {
  name: 'rewriting',
  forms: [
    {
      template:
        'Write one friendly sentence of at most 40 words for the newsletter of the {team} team in {place} about the {topic}. It must contain all of these words: {keywords}. Sign-off by {name} is added later.',
      patterns: { keywords: KEYWORDS },
      draw: drawNotice,
      solve: notice,
    },
    {
      template:
        'Rephrase as a single announcement of no more than 40 words: "{topic} changes in {place}, tell the {team} team". {name} insists that the text mentions every one of the words {keywords}.',
      patterns: { keywords: KEYWORDS },
      draw: drawNotice,
      solve: notice,
    },
    {
      template:
        'Summarise the situation at the {place} {topic} for the {team} team in one sentence, 40 words or fewer, and work in the key words {keywords} exactly as spelled. {name} will proofread it.',
      patterns: { keywords: KEYWORDS },
      draw: drawNotice,
      solve: notice,
    },
    {
      template:
        'Draft a short poster text (one sentence, 40 words at most) that invites the {team} team to the {topic} in {place}. Required vocabulary: {keywords}. {name} prints it today.',
      patterns: { keywords: KEYWORDS },
      draw: drawNotice,
      solve: notice,
    },
  ],
};
