import { parseExactJson } from '../formats/exact-json.js';
import { isObject, member } from '../json.js';

/** One span or record of a document, or one document of several spans, at its place in a list. */
export interface Unit {
  list: unknown[];
  index: number;
  path: string;
  /** It stands there as JSON in a string, at this member. */
  packed?: string;
}

const LISTS = [
  ...['resourceSpans', 'batches', 'resourceLogs', 'scopeSpans', 'instrumentationLibrarySpans', 'scopeLogs'],
  ...['trace', 'result', 'data', 'Traces'],
];
const UNITS = ['spans', 'logRecords', 'observations', 'events', 'Segments'];

/** A file as one document: JSON lines become an array, which the formats of lines are read from too. */
export function documentOf(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch {
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => parseExactJson(line));
  }
}

/** The lists that hold the spans and records of a document, by what the formats call them. */
export function unitsOf(json: unknown, path = ''): Unit[] {
  if (path === '' && Array.isArray(json)) return unitsIn(json, '', undefined);
  if (Array.isArray(json)) return json.flatMap((item, index) => unitsOf(item, `${path}[${index}]`));
  if (!isObject(json)) return [];
  const below = path === '' ? '' : `${path}.`;
  const found = UNITS.flatMap((key) => {
    const list = member(json, key);
    return Array.isArray(list) ? unitsIn(list, below + key, key === 'Segments' ? 'Document' : undefined) : [];
  });
  return found.length > 0 ? found : LISTS.flatMap((key) => unitsOf(member(json, key), below + key));
}

function unitsIn(list: unknown[], path: string, packed: string | undefined): Unit[] {
  return list.map((_, index) => ({
    list,
    index,
    path: `${path}[${index}]${packed === undefined ? '' : `.${packed}`}`,
    ...(packed === undefined ? {} : { packed }),
  }));
}
