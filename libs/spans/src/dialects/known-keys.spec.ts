import { describe, expect, it } from '@jest/globals';
import { INDEX, knownKeys } from './known-keys.js';
import { FIELD_KEYS, INPUT_SOURCES, OUTPUT_SOURCES } from './tables.js';

const spoilt = (key: string) => key.replace(/[^0-9A-Za-z]/g, '_');

describe('knownKeys', () => {
  it('names every key of the tables, and those that are numbered', () => {
    expect(knownKeys()).toEqual(
      expect.arrayContaining([
        'gen_ai.operation.name',
        'gen_ai.usage.input_tokens',
        'gen_ai.system_instructions',
        'hidden_params',
        `gen_ai.prompt.${INDEX}.content`,
        `gen_ai.completion.${INDEX}.finish_reason`,
        'llm.{provider}.messages',
        'gen_ai.response.time_to_first_chunk',
      ]),
    );
    expect(knownKeys().filter((key) => key.includes('#') || /\.\d/.test(key))).toEqual([]);
  });

  it('has two keys of one spelling only where both mean the same', () => {
    const fields = [
      ...FIELD_KEYS.values(),
      ...[INPUT_SOURCES, OUTPUT_SOURCES].map((sources) =>
        sources.flatMap((source) => ('key' in source ? [source.key] : [])),
      ),
    ].map((keys) => new Set<string>(keys));
    const clashes = knownKeys()
      .map((key) => knownKeys().filter((other) => spoilt(other) === spoilt(key)))
      .filter((keys) => keys.length > 1);
    expect(clashes).toContainEqual(['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens']);
    expect(clashes.filter((keys) => !fields.some((field) => keys.every((key) => field.has(key))))).toEqual([]);
  });
});
