import type { Draw } from '../draw.js';
import { numeric, textual, type Family, type Slots } from './family.js';
import { DICTIONARY, LANGUAGES, NAMES, PLACES, TOPICS, WORDS } from './vocabulary.js';

const LIST = '[a-z]+(?:, [a-z]+)+';
const NUMBERS = '\\d+(?:, \\d+)+';
const listOf = (s: Slots, name: string): string[] => s.text(name).split(', ');
const joined = (list: readonly string[]): string => list.join(', ');
const swapped = (list: readonly string[], at: number): string => {
  const [one = '', two = ''] = list.slice(at);
  return joined([...list.slice(0, at), two, one, ...list.slice(at + 2)]);
};
const ordered = (right: readonly string[], given: readonly string[]) =>
  textual(joined(right), [joined([...right].reverse()), swapped(right, 1), swapped(right, 3), joined(given)]);
const byCode = (a: string, b: string): number => (a < b ? -1 : 1);
const drawNumbers = (draw: Draw): number[] =>
  draw.some(
    Array.from({ length: 900 }, (_, i) => i + 11),
    draw.int(7, 10),
  );

export const sorting: Family = {
  name: 'sorting',
  forms: [
    {
      template:
        'Sort these labels for the {topic} shelf in alphabetical order, from A to Z: {list}. {name} wants one line with the words separated by commas and no other text.',
      patterns: { list: LIST },
      draw: (draw) => ({
        topic: draw.pick(TOPICS),
        name: draw.pick(NAMES),
        list: joined(draw.some(WORDS, draw.int(7, 10))),
      }),
      solve: (s) => ordered(listOf(s, 'list').sort(byCode), listOf(s, 'list')),
    },
    {
      template:
        'Put the following readings from the {topic} in {place} in ascending order, smallest first: {numbers}. Return the sorted sequence as a comma separated line.',
      patterns: { numbers: NUMBERS },
      draw: (draw) => ({ topic: draw.pick(TOPICS), place: draw.pick(PLACES), numbers: drawNumbers(draw).join(', ') }),
      solve: (s) =>
        ordered(
          listOf(s, 'numbers').sort((a, b) => Number(a) - Number(b)),
          listOf(s, 'numbers'),
        ),
    },
    {
      template:
        'Rank the scores of the {place} {topic} contest from highest to lowest (descending sort): {numbers}. {name} will paste your line into a sheet, so output only the values separated by commas.',
      patterns: { numbers: NUMBERS },
      draw: (draw) => ({
        topic: draw.pick(TOPICS),
        place: draw.pick(PLACES),
        name: draw.pick(NAMES),
        numbers: drawNumbers(draw).join(', '),
      }),
      solve: (s) =>
        ordered(
          listOf(s, 'numbers').sort((a, b) => Number(b) - Number(a)),
          listOf(s, 'numbers'),
        ),
    },
    {
      template:
        'Arrange the passwords of the {topic} lockers in reverse alphabetical order, Z to A: {list}. The list belongs to {name} from {place}. Print the sorted words with commas between them.',
      patterns: { list: LIST },
      draw: (draw) => ({
        topic: draw.pick(TOPICS),
        place: draw.pick(PLACES),
        name: draw.pick(NAMES),
        list: joined(draw.some(WORDS, draw.int(7, 10))),
      }),
      solve: (s) => ordered(listOf(s, 'list').sort(byCode).reverse(), listOf(s, 'list')),
    },
  ],
};

const reversed = (text: string): string => text.split('').reverse().join('');
const everySecond = (text: string): string =>
  text
    .split('')
    .filter((_, index) => index % 2 === 1)
    .join('');
const drawWords = (draw: Draw) => {
  const [one = '', two = '', three = ''] = draw.some(WORDS, 3);
  return { one, two, three, name: draw.pick(NAMES) };
};

export const spelling: Family = {
  name: 'spelling',
  forms: [
    {
      template:
        'Word game for {name}: glue the words "{one}", "{two}" and "{three}" together and spell the result backwards, letter by letter. Write the reversed string in lower case without spaces.',
      draw: drawWords,
      solve: (s) => {
        const all = s.text('one') + s.text('two') + s.text('three');
        return textual(reversed(all), [
          reversed(s.text('one')) + reversed(s.text('two')) + reversed(s.text('three')),
          all,
          reversed(all).slice(1),
        ]);
      },
    },
    {
      template:
        'How many times does the letter "{letter}" occur in the phrase "{one} {two} {three}"? {name} counts letters, not sounds. Reply with the count only.',
      draw: (draw) => ({ ...drawWords(draw), letter: draw.pick('aeilnorst'.split('')) }),
      solve: (s) => {
        const letters = (s.text('one') + s.text('two') + s.text('three')).split('');
        return numeric(letters.filter((letter) => letter === s.text('letter')).length);
      },
    },
    {
      template:
        'Unscramble the anagram "{letters}": {name} says its letters, in another order, spell exactly one word of this list: {list}. Which word is it? Answer with that word.',
      patterns: { list: LIST },
      draw: (draw) => {
        const list = draw.some(WORDS, 5);
        return {
          name: draw.pick(NAMES),
          list: joined(list),
          letters: draw.shuffle(draw.pick(list).split('')).join(''),
        };
      },
      solve: (s) => {
        const letters = (word: string): string => word.split('').sort().join('');
        const list = listOf(s, 'list');
        const right = list.find((word) => letters(word) === letters(s.text('letters'))) ?? '';
        return textual(
          right,
          list.filter((word) => word !== right),
        );
      },
    },
    {
      template:
        'Take every second letter (the 2nd, 4th, 6th and so on) of the string "{one}{joint}{two}{joint}{three}", skipping the sign "{joint}" altogether. Spell out the letters that {name} gets as one lower-case string.',
      patterns: { joint: '[-_+]', one: '[a-z]+', two: '[a-z]+', three: '[a-z]+' },
      draw: (draw) => ({ ...drawWords(draw), joint: draw.pick(['-', '_', '+']) }),
      solve: (s) => {
        const all = s.text('one') + s.text('two') + s.text('three');
        return textual(everySecond(all), [everySecond(`x${all}`), everySecond(all).slice(1), all]);
      },
    },
  ],
};

const drawForeign = (draw: Draw) => {
  const list = draw.some(Object.keys(DICTIONARY), 4);
  return { name: draw.pick(NAMES), place: draw.pick(PLACES), language: draw.pick(LANGUAGES), list: joined(list) };
};
const translate = (words: readonly string[], language: string): string[] =>
  words.map((word) => DICTIONARY[word]?.[LANGUAGES.findIndex((name) => name === language)] ?? '');
const translated = (s: Slots) => {
  const list = listOf(s, 'list');
  const right = translate(list, s.text('language'));
  const other = LANGUAGES.filter((name) => name !== s.text('language')).map((name) => joined(translate(list, name)));
  return textual(joined(right), [...other, swapped(right, 0), joined([...right.slice(0, 3), list[3] ?? ''])]);
};

export const translation: Family = {
  name: 'translation',
  forms: [
    {
      template:
        'Translate these English nouns into {language} for the menu that {name} prints in {place}: {list}. Leave out articles and accents, keep the order, and separate the translations with commas.',
      patterns: { list: LIST },
      draw: drawForeign,
      solve: translated,
    },
    {
      template:
        'What are the {language} words for {list}? {name} is learning vocabulary before moving to {place}. One line, same order, commas between the words, no accents.',
      patterns: { list: LIST },
      draw: drawForeign,
      solve: translated,
    },
    {
      template:
        'Vocabulary cards for a {language} class in {place}. English side: {list}. Write the {language} side as a comma separated list without accents or articles, in the order given by the teacher, {name}.',
      patterns: { list: LIST },
      draw: drawForeign,
      solve: translated,
    },
    {
      template:
        'A visitor from {place} speaks only {language}. {name} needs the translation of four words, {list}, in that order. Dictionary forms without accents, separated by commas.',
      patterns: { list: LIST },
      draw: drawForeign,
      solve: translated,
    },
  ],
};
