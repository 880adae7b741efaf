import { SPAN_ATTRIBUTES } from '@signalbox/contracts';
import { DIALECTS } from './precedence.js';
import { ROUTEIQ_DECISION } from './routeiq.js';
import {
  FIELD_KEYS,
  FIRST_TOKEN_SOURCES,
  INPUT_SOURCES,
  KIND_TABLES,
  NAME_RULES,
  OUTPUT_SOURCES,
  SIGNS,
} from './tables.js';

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
  const messages = [...INPUT_SOURCES, ...OUTPUT_SOURCES].filter((source) => 'key' in source);
  const indexed = messages.filter(({ shape }) => shape === 'indexed').map(({ key }) => key);
  const families = [
    ...indexed.flatMap((key) => INDEXED_MESSAGE.map((name) => `${key}.${INDEX}.${name}`)),
    ...Object.entries(FAMILIES).flatMap(([key, names]) => names.map((name) => `${key}.${INDEX}.${name}`)),
  ];
  const tables = [
    ...KIND_TABLES.map(({ key }) => key),
    ...[...FIELD_KEYS.values()].flat(),
    ...DIALECTS.flatMap(({ own = {} }) => Object.values(own).flat()),
    ...FIRST_TOKEN_SOURCES.map(({ key }) => key),
    ...messages.flatMap(({ key, system, toolCalls }) => [key, system ?? key, toolCalls ?? key]),
    ...[...NAME_RULES.values()].flat().flatMap(({ having }) => having ?? []),
    ...SIGNS.flatMap(({ keys }) => keys ?? []),
    ...Object.values(SPAN_ATTRIBUTES),
    ...[ROUTEIQ_DECISION.chosen, ROUTEIQ_DECISION.strategy, ROUTEIQ_DECISION.strategyVersion],
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
