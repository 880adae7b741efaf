import type { Draw } from '../draw.js';
import { textual, type Family, type Slots } from './family.js';
import { CAPITALS, CATEGORIES, NAMES, PLACES, SYMBOLS, TOPICS } from './vocabulary.js';

const pairOf = (draw: Draw, table: Readonly<Record<string, string>>) => {
  const [one = '', two = ''] = draw.some(Object.keys(table), 2);
  return { one, two, name: draw.pick(NAMES), place: draw.pick(PLACES), topic: draw.pick(TOPICS) };
};
const both = (s: Slots, table: Readonly<Record<string, string>>, strangers: readonly string[]) => {
  const one = table[s.text('one')] ?? '';
  const two = table[s.text('two')] ?? '';
  const [a = '', b = ''] = strangers.filter((text) => text !== one && text !== two);
  return textual(`${one}, ${two}`, [`${two}, ${one}`, `${one}, ${a}`, `${b}, ${two}`]);
};

export const facts: Family = {
  name: 'facts',
  forms: [
    {
      template:
        'General knowledge for the {topic} quiz night: name the capital city of {one} and the capital city of {two}. {name} reads them out, so give both capitals in that order, separated by a comma.',
      draw: (draw) => pairOf(draw, CAPITALS),
      solve: (s) => both(s, CAPITALS, ['Geneva', 'Barcelona', 'Istanbul', 'Sydney']),
    },
    {
      template:
        'Chemistry trivia from {name} in {place}: what are the chemical symbols of the elements {one} and {two}? Reply with the two symbols in that order and a comma between them.',
      draw: (draw) => pairOf(draw, SYMBOLS),
      solve: (s) => both(s, SYMBOLS, ['Sr', 'Rn', 'Bi', 'Po']),
    },
    {
      template:
        'Of which countries are {one} and {two} the capitals? A pupil of {name} in {place} asks for the geography test. Two country names in the same order with a comma between them, nothing more.',
      draw: (draw) => pairOf(draw, COUNTRIES),
      solve: (s) => both(s, COUNTRIES, ['Switzerland', 'Brazil', 'Nigeria', 'India']),
    },
    {
      template:
        'Which chemical elements have the symbols {one} and {two}? {name} is labelling bottles for the {topic} in {place}. English names in the same order, lower case, separated by a comma.',
      draw: (draw) => pairOf(draw, ELEMENTS),
      solve: (s) => both(s, ELEMENTS, ['strontium', 'radon', 'bismuth', 'polonium']),
    },
  ],
};
const turned = (table: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(table).map(([key, value]) => [value, key]));
const COUNTRIES = turned(CAPITALS);
const ELEMENTS = turned(SYMBOLS);

const LETTERS = ['A', 'B', 'C', 'D'] as const;
const choice = (right: number) => ({
  answer: `(${LETTERS[right] ?? ''})`,
  comparison: 'choice' as const,
  wrong: LETTERS.filter((_, index) => index !== right).map((letter) => `(${letter})`),
});
const options = (s: Slots): string[] => ['a', 'b', 'c', 'd'].map((name) => s.text(name));
const laidOut = (list: readonly (string | number)[]) => ({
  a: list[0] ?? '',
  b: list[1] ?? '',
  c: list[2] ?? '',
  d: list[3] ?? '',
});
const categoryOf = (word: string): string =>
  Object.entries(CATEGORIES).find(([, words]) => words.includes(word))?.[0] ?? '';
const OPTIONS = '\nOptions: (A) {a} (B) {b} (C) {c} (D) {d}\n';

export const multipleChoice: Family = {
  name: 'multiple_choice',
  forms: [
    {
      template: `Multiple choice, question {number} of the {topic} exam in {place}. Which of the four options is a kind of {category}?${OPTIONS}Choose one option and answer with its letter in parentheses.`,
      draw: (draw) => {
        const [category = '', ...others] = draw.some(Object.keys(CATEGORIES), 4);
        const list = [category, ...others].map((name) => draw.pick(CATEGORIES[name] ?? []));
        return {
          number: draw.int(1, 60),
          topic: draw.pick(TOPICS),
          place: draw.pick(PLACES),
          category,
          ...laidOut(draw.shuffle(list)),
        };
      },
      solve: (s) => choice(options(s).findIndex((word) => CATEGORIES[s.text('category')]?.includes(word) ?? false)),
    },
    {
      template: `Pick the odd one out. Three of the options in item {number} of the {place} aptitude test belong together and one does not.${OPTIONS}Which option does not fit? {name} accepts only the letter in parentheses.`,
      draw: (draw) => {
        const [category = '', other = ''] = draw.some(Object.keys(CATEGORIES), 2);
        const list = [...draw.some(CATEGORIES[category] ?? [], 3), draw.pick(CATEGORIES[other] ?? [])];
        return {
          number: draw.int(1, 60),
          place: draw.pick(PLACES),
          name: draw.pick(NAMES),
          ...laidOut(draw.shuffle(list)),
        };
      },
      solve: (s) => {
        const kinds = options(s).map(categoryOf);
        return choice(kinds.findIndex((kind) => kinds.filter((each) => each === kind).length === 1));
      },
    },
    {
      template: `Choose the correct option. What is the remainder when {dividend} is divided by {divisor}? ({name} set this as question {number} of the {topic} test.)${OPTIONS}Answer with one letter in parentheses, for example (A).`,
      draw: (draw) => {
        const divisor = draw.int(7, 29);
        const dividend = draw.int(100, 999);
        const rest = dividend % divisor;
        const others = draw.some(
          Array.from({ length: divisor }, (_, i) => i).filter((i) => i !== rest),
          3,
        );
        return {
          name: draw.pick(NAMES),
          number: draw.int(1, 60),
          topic: draw.pick(TOPICS),
          dividend,
          divisor,
          ...laidOut(draw.shuffle([rest, ...others])),
        };
      },
      solve: (s) => choice(options(s).findIndex((text) => Number(text) === s.number('dividend') % s.number('divisor'))),
    },
    {
      template: `Exam sheet of {name}, {place}, item {number}. Which option names a city that is the capital of {country}?${OPTIONS}Exactly one of the four options is correct. Reply with the letter of the right option in parentheses.`,
      draw: (draw) => {
        const list = draw.some(Object.keys(CAPITALS), 4);
        const cities = list.map((country) => CAPITALS[country] ?? '');
        return {
          name: draw.pick(NAMES),
          place: draw.pick(PLACES),
          number: draw.int(1, 60),
          country: list[0] ?? '',
          ...laidOut(draw.shuffle(cities)),
        };
      },
      solve: (s) => choice(options(s).findIndex((city) => city === CAPITALS[s.text('country')])),
    },
  ],
};

/** A chain of comparisons told in random order; `more` leads from the greater to the lesser. */
const drawChain = (draw: Draw, more: string) => {
  const people = draw.some(NAMES, 5);
  const clues = people.slice(1).map((lesser, index) => `${people[index] ?? ''} is ${more} than ${lesser}.`);
  return { clues: draw.shuffle(clues).join(' '), place: draw.pick(PLACES), topic: draw.pick(TOPICS) };
};
const CLUES = '(?:[A-Z][a-z]+ is [a-z]+ than [A-Z][a-z]+\\. ?)+?';
const chainOf = (clues: string): string[] => {
  const next = new Map(
    [...clues.matchAll(/(\w+) is \w+ than (\w+)\./g)].map(([, greater = '', lesser = '']) => [greater, lesser]),
  );
  const lesser = new Set(next.values());
  const chain: string[] = [];
  for (let at = [...next.keys()].find((name) => !lesser.has(name)); at !== undefined; at = next.get(at)) chain.push(at);
  return chain;
};
const placed = (s: Slots, rank: number) => {
  const chain = chainOf(s.text('clues'));
  const right = chain.at(rank) ?? '';
  return textual(
    right,
    chain.filter((name) => name !== right),
  );
};

export const logic: Family = {
  name: 'logic',
  forms: [
    {
      template:
        'Logic puzzle. Five people meet at the {topic} in {place}. {clues} Reason it through: who of them is the oldest? Reply with the first name only.',
      patterns: { clues: CLUES },
      draw: (draw) => drawChain(draw, 'older'),
      solve: (s) => placed(s, 0),
    },
    {
      template:
        'From these premises about five members of the {place} {topic} club deduce who is the shortest. {clues} The conclusion follows from the premises; write just that name.',
      patterns: { clues: CLUES },
      draw: (draw) => drawChain(draw, 'taller'),
      solve: (s) => placed(s, -1),
    },
    {
      template:
        'Deduction exercise, set in the {topic} of {place}. {clues} If you line all five up from the richest to the poorest, who stands exactly in the middle, in third place? One name.',
      patterns: { clues: CLUES },
      draw: (draw) => drawChain(draw, 'richer'),
      solve: (s) => placed(s, 2),
    },
    {
      template:
        'Five runners finished a race past the {place} {topic}. {clues} Nobody tied. Infer from the statements who came second. Answer with that one first name.',
      patterns: { clues: CLUES },
      draw: (draw) => drawChain(draw, 'faster'),
      solve: (s) => placed(s, 1),
    },
  ],
};
