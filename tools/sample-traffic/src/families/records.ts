import type { Draw } from '../draw.js';
import { numeric, textual, type Family, type Slots } from './family.js';
import { ITEMS, NAMES, PLACES, TEAMS, TOPICS, WEEKDAYS, WORDS } from './vocabulary.js';

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const FIELDS: Readonly<Record<string, (draw: Draw) => string>> = {
  customer: (draw) => `${draw.pick(NAMES)} ${capital(draw.pick(WORDS))}`,
  'order code': (draw) => `${draw.pick('ABCDEFGH'.split(''))}${draw.int(1000, 9999)}-${draw.int(10, 99)}`,
  destination: (draw) => draw.pick(PLACES),
  goods: (draw) => `${draw.int(2, 90)} ${draw.pick(ITEMS)}`,
  'pickup day': (draw) => draw.pick(WEEKDAYS),
  phone: (draw) => `0${draw.int(200, 899)} ${draw.int(100000, 999999)}`,
  desk: (draw) => draw.pick(TEAMS),
  weight: (draw) => `${draw.int(3, 190)} kg`,
  'invoice total': (draw) => `${draw.int(12, 980)}.${draw.int(10, 99)} EUR`,
  locker: (draw) => `${draw.pick('KLMNP'.split(''))}${draw.int(10, 99)}`,
};
const RECORD = '(?:[a-z ]+: [^|\\n]+ \\| )+end';
const FIELD = '[a-z ]+';
const drawRecord = (draw: Draw) => {
  const names = draw.some(Object.keys(FIELDS), 5);
  const record = names.map((name) => `${name}: ${FIELDS[name]?.(draw) ?? ''} | `).join('');
  return { record: `${record}end`, field: draw.pick(names), name: draw.pick(NAMES), topic: draw.pick(TOPICS) };
};
const extracted = (s: Slots) => {
  const fields = new Map(
    s
      .text('record')
      .split(' | ')
      .map((part) => part.split(': '))
      .map(([name = '', value = '']) => [name, value]),
  );
  fields.delete('end');
  const right = fields.get(s.text('field')) ?? '';
  return textual(right, [...fields.values()]);
};

export const fieldExtraction: Family = {
  name: 'field_extraction',
  forms: [
    {
      template:
        'Extract the value of the field "{field}" from the record below, exactly as it is written, and return nothing else. {name} from the {topic} will copy it.\nRecord: {record}',
      patterns: { record: RECORD, field: FIELD },
      draw: drawRecord,
      solve: extracted,
    },
    {
      template:
        'Here is a scanned slip of the {topic}: {record}\nWhat does the slip say under "{field}"? {name} needs that entry verbatim, with no other words.',
      patterns: { record: RECORD, field: FIELD },
      draw: drawRecord,
      solve: extracted,
    },
    {
      template:
        'Read the log entry and pull out one piece of information. Entry: {record}\nWanted by {name}: the {field}. Copy the text of the entry without changing it.',
      patterns: { record: RECORD, field: FIELD },
      draw: drawRecord,
      solve: extracted,
    },
  ],
};

const KEYS = ['name', 'city', 'team', 'item', 'day', 'count', 'price', 'floor'] as const;
const VALUES: Readonly<Record<string, (draw: Draw) => string | number>> = {
  name: (draw) => draw.pick(NAMES),
  city: (draw) => draw.pick(PLACES),
  team: (draw) => draw.pick(TEAMS),
  item: (draw) => draw.pick(ITEMS),
  day: (draw) => draw.pick(WEEKDAYS),
  count: (draw) => draw.int(2, 400),
  price: (draw) => draw.int(5, 990),
  floor: (draw) => draw.int(1, 30),
};
const PAIRS = '[a-z]+ is \\w+(?:; [a-z]+ is \\w+)+';
const drawPairs = (draw: Draw) => ({
  pairs: draw
    .some(KEYS, 5)
    .map((key) => `${key} is ${VALUES[key]?.(draw) ?? ''}`)
    .join('; '),
  requester: draw.pick(NAMES),
  topic: draw.pick(TOPICS),
});
const asJson = (s: Slots) => {
  const pairs = s
    .text('pairs')
    .split('; ')
    .map((part) => part.split(' is '))
    .map(([key = '', value = '']): [string, string | number] => [key, /^\d+$/.test(value) ? Number(value) : value]);
  const json = (list: readonly (readonly [string, string | number])[]): string =>
    JSON.stringify(Object.fromEntries(list));
  const values = pairs.map(([, value]) => value);
  const shifted = pairs.map(([key], index): [string, string | number] => [
    key,
    values[(index + 1) % values.length] ?? '',
  ]);
  return textual(json(pairs), [
    json(pairs.slice(0, -1)),
    json(pairs.slice(1)),
    json(shifted),
    json([...pairs].reverse()),
  ]);
};

export const jsonFormatting: Family = {
  name: 'json_formatting',
  forms: [
    {
      template:
        'Write the following facts as one flat JSON object in compact form (no spaces or line breaks), keys in the given order, whole numbers as JSON numbers: {pairs}. {requester} feeds it to the {topic} API.',
      patterns: { pairs: PAIRS },
      draw: drawPairs,
      solve: asJson,
    },
    {
      template:
        'The {topic} webhook needs a JSON payload. Convert "{pairs}" into a minified JSON object with the same key order; digits become numbers, all else strings. {requester} wants only the JSON.',
      patterns: { pairs: PAIRS },
      draw: drawPairs,
      solve: asJson,
    },
    {
      template:
        'Serialise this note of {requester} to JSON for the {topic} database: {pairs}. One object, keys as in the note and in that order, numbers unquoted, no white space, no code fence.',
      patterns: { pairs: PAIRS },
      draw: drawPairs,
      solve: asJson,
    },
  ],
};

const VARIABLE = '[a-z]+';
const drawCode = (draw: Draw) => {
  const [total = '', index = ''] = draw.some(WORDS, 2);
  return {
    total,
    index,
    from: draw.int(1, 9),
    to: draw.int(14, 40),
    step: draw.int(2, 6),
    factor: draw.int(2, 9),
    name: draw.pick(NAMES),
  };
};
const range = (s: Slots): number[] =>
  Array.from({ length: s.number('to') - s.number('from') }, (_, i) => s.number('from') + i);
const sum = (list: readonly number[]): number => list.reduce((total, each) => total + each, 0);

export const codeOutput: Family = {
  name: 'code_output',
  forms: [
    {
      template:
        'What does this Python program print? {name} may not run it.\n{total} = 0\nfor {index} in range({from}, {to}):\n    if {index} % {step} == 0:\n        {total} += {index} * {factor}\nprint({total})\nGive the printed number only.',
      patterns: { total: VARIABLE, index: VARIABLE },
      draw: drawCode,
      solve: (s) => {
        const kept = range(s).filter((i) => i % s.number('step') === 0);
        return numeric(sum(kept) * s.number('factor'), sum(kept), sum(range(s)) * s.number('factor'));
      },
    },
    {
      template:
        'Trace the Python code by hand and state its output for the review of {name}:\n{index} = {from}\n{total} = 0\nwhile {index} < {to}:\n    {total} = {total} + {index}\n    {index} += {step}\nprint({total} - {factor})\nAnswer with what appears on the console.',
      patterns: { total: VARIABLE, index: VARIABLE },
      draw: drawCode,
      solve: (s) => {
        const kept = range(s).filter((i) => (i - s.number('from')) % s.number('step') === 0);
        return numeric(sum(kept) - s.number('factor'), sum(kept), sum(kept) + s.number('step'));
      },
    },
    {
      template:
        'Predict the output of the JavaScript snippet that {name} committed:\nlet {total} = {factor};\nfor (let {index} = {from}; {index} < {to}; {index} += {step}) {\n  {total} += {index};\n}\nconsole.log({total});\nReply with the logged value and no explanation.',
      patterns: { total: VARIABLE, index: VARIABLE },
      draw: drawCode,
      solve: (s) => {
        const kept = range(s).filter((i) => (i - s.number('from')) % s.number('step') === 0);
        return numeric(sum(kept) + s.number('factor'), sum(kept), sum(kept) + s.number('factor') + s.number('to'));
      },
    },
    {
      template:
        'Code reading task by {name}. Given the Python line\n{total} = [{index} * {factor} for {index} in range({from}, {to}) if {index} % {step} != 0]\nwhat is the value of len({total})? Output the integer only.',
      patterns: { total: VARIABLE, index: VARIABLE },
      draw: drawCode,
      solve: (s) => {
        const kept = range(s).filter((i) => i % s.number('step') !== 0);
        return numeric(kept.length, range(s).length, range(s).length - kept.length);
      },
    },
  ],
};
