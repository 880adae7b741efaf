import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { groupTexts, type GroupableText } from './groups.js';
import { parseOutcomeMatrix } from './outcome-matrix.js';

const shared = new URL('../../../../shared/data/', import.meta.url);
const sharedIt = existsSync(shared) ? it : it.skip;

const ASKED =
  'My order number 48213 arrived on Tuesday with a broken lid, and I would like to know whether you can send a new lid or I have ' +
  'to return the whole pan to the shop in Antwerp where my sister bought it last winter.';

function groupsOf(texts: string[]): string[] {
  const groups = groupTexts(texts.map((text, index) => ({ id: String(index), text })));
  return texts.map((_, index) => groups.get(String(index)) ?? '');
}

const distinct = (groups: string[]) => new Set(groups).size;

describe('groupTexts', () => {
  it.each([
    ['other white space', ASKED.replaceAll(' ', '\n  ')],
    ['other case', ASKED.toUpperCase()],
    ['other punctuation', ASKED.replaceAll(',', ' -').replace('.', '!!')],
    ['a few other words', ASKED.replace('broken', 'cracked').replace('shop', 'store').replace('Tuesday', 'Monday')],
    ['a greeting before it', `Hello there! ${ASKED}`],
  ])('groups a prompt that is asked again with %s', (_, again) => {
    expect(distinct(groupsOf([ASKED, again, 'What is the boiling point of water at sea level?']))).toBe(2);
  });

  it('keeps a short prompt apart from another that differs in one word', () => {
    expect(distinct(groupsOf(['Who wrote the novel Emma?', 'Who wrote the novel Dracula?']))).toBe(2);
  });

  it('keeps the questions of a family apart that share a long template', () => {
    const nouns = [
      'harbour',
      'engine',
      'teacher',
      'winter',
      'carpet',
      'violin',
      'garden',
      'lawyer',
      'ticket',
      'bridge',
    ];
    const verbs = [
      'paints',
      'forgets',
      'repairs',
      'follows',
      'orders',
      'carries',
      'hides',
      'praises',
      'measures',
      'buys',
    ];
    const texts = nouns.flatMap((noun, first) =>
      verbs.map(
        (verb, second) =>
          `You are a careful translator. Translate the sentence below to French and answer with the translation alone, without quotes. ` +
          `Sentence: the ${noun} ${verb} every ${nouns[(first + second + 1) % 10]} near a ${verbs[(second + 3 * first + 1) % 10]} ${nouns[(first * 3 + 7) % 10]} at ${second} in room ${first}`,
      ),
    );
    expect(distinct(groupsOf(texts))).toBe(texts.length);
  });

  it('keeps word problems apart that differ in their numbers alone', () => {
    const problem = (first: number, second: number, third: number) =>
      `A bakery sells ${first} loaves of bread in the morning and ${second} loaves in the afternoon. Each loaf costs ${third} euros. ` +
      'Explain step by step how much money the bakery earns on that day, and finish with the amount alone on the last line.';
    const texts = Array.from({ length: 60 }, (_, index) => problem(index + 10, index * 2 + 3, (index % 7) + 2));
    expect(distinct(groupsOf(texts))).toBe(60);
    expect(distinct(groupsOf(texts.slice(0, 3)))).toBe(3);
  });

  it('still groups a prompt within a template that is asked again', () => {
    const instruction =
      'Classify the sentiment of the following review as positive or negative and answer with one word. Review:';
    const words = 'bed lamp soup train hotel movie actor plot music room staff food price view noise river'.split(' ');
    const review = (index: number) =>
      Array.from(
        { length: 24 },
        (_, word) => `${words[(index * 7 + word * (index + 3)) % 16]}${(index * 31 + word) % 97}x`,
      ).join(' ');
    const texts = Array.from({ length: 40 }, (_, index) => `${instruction} ${review(index)}`);
    const again = `${instruction.toUpperCase()}\n${review(5)}!`;
    const groups = groupsOf([...texts, again]);
    expect(distinct(groups)).toBe(40);
    expect(groups[40]).toBe(groups[5]);
  });

  it('joins conversations, given groups and texts in a chain', () => {
    const items: GroupableText[] = [
      { id: 'a', text: 'first question of a talk', sessionId: 's' },
      { id: 'b', text: 'and the second', sessionId: 's' },
      { id: 'c', text: 'and the second', group: 'g' },
      { id: 'd', text: 'something else', group: 'g', sessionId: null },
      { id: 'e', text: 'alone', group: 's' },
    ];
    const groups = groupTexts(items);
    expect(new Set(['a', 'b', 'c', 'd'].map((id) => groups.get(id))).size).toBe(1);
    expect(groups.get('e')).not.toBe(groups.get('a'));
  });

  it('tells texts of signs alone apart, and decimals', () => {
    expect(distinct(groupsOf(['???', '!!!', 'Compute 1.5 * 2', 'Compute 15 * 2', 'Compute 15 + 2']))).toBe(5);
  });

  sharedIt.each(['llmrouter9.jsonl', 'routerbench11.jsonl'])(
    'finds the known duplicates of %s without collapsing a task',
    (file) => {
      const rows = parseOutcomeMatrix(readFileSync(new URL(file, shared), 'utf8'));
      if (!rows.ok) throw new Error(rows.error.path);
      const groups = groupsOf(rows.value.map((row) => row.query));
      const sizes = new Map<string, number>();
      for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
      expect(Math.max(...sizes.values())).toBeLessThanOrEqual(5);
      expect(sizes.size).toBeGreaterThan(0.95 * groups.length);
      const given = new Map<string, string[]>();
      for (const [index, row] of rows.value.entries())
        given.set(row.group ?? '', [...(given.get(row.group ?? '') ?? []), groups[index] ?? '']);
      const known = [...given.values()].filter((members) => members.length > 1);
      const found = known.filter((members) => distinct(members) === 1);
      expect(found.length).toBeGreaterThanOrEqual(known.length - 1);
    },
  );
});
