import { hash } from 'node:crypto';
import { DigestIds } from './digest-ids.js';
import { NearDuplicates } from './near-duplicates.js';
import type { OpenRecords } from './records.js';
import { UnionFind } from './union-find.js';

export interface CorpusPrompt {
  text: string;
  /** A group that the source of the data names, if it names one. */
  group?: string | null;
  /** The conversation that the text belongs to, if any. */
  sessionId?: string | null;
  /** Given when tasks are to be held out as a whole. */
  task?: string | null;
}

const NONE = -1;

/** What is known of many prompts, in columns of numbers: millions of them fit where their texts would not. */
export class PromptCorpus {
  /** Number of the exact text, by prompt. */
  readonly texts: number[] = [];
  /** Number of the text as near-duplicates are found among, by prompt. */
  readonly nearTexts: number[] = [];
  /** Number of the conversation, by prompt; -1 where there is none. */
  readonly sessions: number[] = [];
  readonly near: NearDuplicates;
  private readonly given: number[] = [];
  private readonly tasks: number[] = [];
  private readonly textIds = new DigestIds();
  private readonly sessionIds = new DigestIds();
  private readonly givenIds = new DigestIds();
  private readonly taskIds = new DigestIds();

  constructor(open?: OpenRecords) {
    this.near = new NearDuplicates(open);
  }

  get size(): number {
    return this.texts.length;
  }

  /** @returns the prompt's number, from 0 */
  add({ text, sessionId, group, task }: CorpusPrompt): number {
    this.texts.push(this.textIds.idOf(digestOf(text)));
    this.nearTexts.push(this.near.add(text));
    this.sessions.push(idOrNone(this.sessionIds, sessionId));
    this.given.push(idOrNone(this.givenIds, group));
    this.tasks.push(idOrNone(this.taskIds, task));
    return this.size - 1;
  }

  /**
   * The group of each prompt. Prompts are joined that must never lie on both sides of a split: same text, near-duplicate text (see
   * {@link NearDuplicates}), same conversation, same given group, same task where one is given, and whatever these join in a chain.
   */
  groups(): PromptGroups {
    const similar = new UnionFind(this.near.size);
    this.near.joinSimilar(similar);
    const classes = new UnionFind(this.size);
    const join = (column: (prompt: number) => number, ids: number) => {
      const first = new Int32Array(ids).fill(NONE);
      for (let prompt = 0; prompt < this.size; prompt += 1) {
        const id = column(prompt);
        if (id === NONE) continue;
        const known = first[id] ?? NONE;
        if (known === NONE) first[id] = prompt;
        else classes.join(known, prompt);
      }
    };
    join((prompt) => similar.find(this.nearTexts[prompt] ?? 0), this.near.size);
    join((prompt) => this.sessions[prompt] ?? NONE, this.sessionIds.size);
    join((prompt) => this.given[prompt] ?? NONE, this.givenIds.size);
    join((prompt) => this.tasks[prompt] ?? NONE, this.taskIds.size);
    return this.named(Int32Array.from({ length: this.size }, (_, prompt) => classes.find(prompt)));
  }

  private named(groupOf: Int32Array): PromptGroups {
    const least = new Int32Array(this.size).fill(NONE);
    for (const [prompt, text] of this.texts.entries()) {
      const group = groupOf[prompt] ?? 0;
      const known = least[group] ?? NONE;
      if (known === NONE || this.textIds.compare(text, known) < 0) least[group] = text;
    }
    return { groupOf, nameOf: (prompt) => this.textIds.hexOf(least[groupOf[prompt] ?? 0] ?? 0) };
  }
}

export interface PromptGroups {
  /** By prompt: the number of one prompt of its group, the same for all of the group. */
  groupOf: Int32Array;
  /** A name after the content of the group: the least sha256 of its texts, 16 digits. It does not depend on the order of the prompts. */
  nameOf(prompt: number): string;
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function idOrNone(ids: DigestIds, value: string | null | undefined): number {
  return value === null || value === undefined ? NONE : ids.idOf(digestOf(value));
}
