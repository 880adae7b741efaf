import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import { CONTENT_KEYS, INTERNAL_PURPOSE_KEY, KIND_TABLES, NAME_RULES } from './classification.js';
import { DIALECT_RULES } from './dialects.js';
import { DIALECT_KEYS, FIELD_KEYS, FIRST_TOKEN_KEYS, INPUT_KEYS, OUTPUT_KEYS } from './field-keys.js';

/** Stands in a key for a number of any size. */
export const INDEX = '{n}';
/** Stands in a key for the name of a provider. */
export const PROVIDER = '{provider}';

/** The tables' name for `llm.<provider>.*`. */
const RAW = /^litellm\.raw\./;

const TOOL_CALL = ['id', 'name', 'arguments', 'function.name', 'function.arguments'];
const INDEXED_MESSAGE = [
  ...['role', 'content', 'finish_reason', 'refusal', 'tool_call_id', 'function_call.name', 'function_call.arguments'],
  ...TOOL_CALL.map((name) => `tool_calls.${INDEX}.${name}`),
];
const OPENINFERENCE_MESSAGE = [
  ...['role', 'content', 'name', 'tool_call_id', 'function_call_name', 'function_call_arguments_json'],
  ...[`content.${INDEX}`, 'finish_reason'],
  ...['type', 'text', 'image.image.url'].map((name) => `contents.${INDEX}.message_content.${name}`),
  ...TOOL_CALL.map((name) => `tool_calls.${INDEX}.tool_call.${name}`),
];
/** Families of keys that emitters number, with what may follow the number. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  'llm.input_messages': OPENINFERENCE_MESSAGE.map((name) => `message.${name}`),
  'llm.output_messages': OPENINFERENCE_MESSAGE.map((name) => `message.${name}`),
  'llm.tools': ['tool.json_schema'],
  'llm.request.functions': ['name', 'description', 'parameters'],
  'gen_ai.tool': ['name', 'description', 'parameters'],
};

/**
 * Every attribute key that the dialect tables know, in their order of precedence, with `{n}` where emitters put a number
 * and `{provider}` where they put a provider. A backend that spoils the spelling of keys is read with it.
 */
export function knownKeys(): readonly string[] {
  const fields = [...Object.values(FIELD_KEYS), ...Object.values(DIALECT_KEYS).flatMap((keys) => Object.values(keys))];
  const indexed = [...INPUT_KEYS, ...OUTPUT_KEYS].filter(({ shape }) => shape === 'indexed').map(({ key }) => key);
  const families = [
    ...indexed.flatMap((key) => INDEXED_MESSAGE.map((name) => `${key}.${INDEX}.${name}`)),
    ...Object.entries(FAMILIES).flatMap(([key, names]) => names.map((name) => `${key}.${INDEX}.${name}`)),
  ];
  const tables = [
    INTERNAL_PURPOSE_KEY,
    ...KIND_TABLES.map(({ key }) => key),
    ...fields.flat(),
    ...FIRST_TOKEN_KEYS.map(({ key }) => key),
    ...INPUT_KEYS.flatMap(({ key, system }) => (system === undefined ? [key] : [key, system])),
    ...OUTPUT_KEYS.map(({ key }) => key),
    ...CONTENT_KEYS,
    ...NAME_RULES.flatMap(({ having }) => having ?? []),
    ...DIALECT_RULES.flatMap(({ keys }) => keys ?? []),
    ...Object.values(SPAN_ATTRIBUTES),
  ];
  const keys = [...tables.map((source) => keyOf(source)), ...families];
  return [...new Set(keys)];
}

/** `key#path` is the key alone; a number in it stands for any number. */
function keyOf(source: string): string {
  const [key = source] = source.split('#', 1);
  return key
    .replace(RAW, `llm.${PROVIDER}.`)
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? INDEX : part))
    .join('.');
}
