const STACKS = new Set(['exception.stacktrace', 'error.stack_trace', 'traceback']);
const KEPT_LINES = 3;
/** Members that hold what is compared line by line. */
const LISTS = new Set([
  ...['resourceSpans', 'scopeSpans', 'spans', 'resourceLogs', 'scopeLogs', 'logRecords', 'attributes', 'events'],
]);

/** The value with no folder of this machine in it: each of `folders` (path to name) is replaced where it stands. */
export function withoutFolders(value, folders) {
  return mapTexts(value, (text) => folders.reduce((read, [folder, name]) => read.replaceAll(folder, name), text));
}

/** The value with the frames between the first and the last of each stack trace left out: they fill pages. */
export function withShortStacks(value) {
  if (Array.isArray(value)) return value.map(withShortStacks);
  if (value === null || typeof value !== 'object') return value;
  if (STACKS.has(value.key)) return { ...value, value: mapTexts(value.value, shortStack) };
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      STACKS.has(key) ? mapTexts(held, shortStack) : withShortStacks(held),
    ]),
  );
}

function shortStack(text) {
  const lines = text.split('\n');
  if (lines.length <= 2 * KEPT_LINES) return text;
  return [...lines.slice(0, KEPT_LINES), '  (left out of the recording)', ...lines.slice(-KEPT_LINES)].join('\n');
}

function mapTexts(value, change) {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, mapTexts(held, change)]));
}

/** JSON with an attribute a line and no indentation: small, and differences show. */
export function print(value) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, held]) => {
    const items = LISTS.has(key) && Array.isArray(held) ? `[\n${held.map(print).join(',\n')}\n]` : undefined;
    return `${JSON.stringify(key)}:${items ?? JSON.stringify(held)}`;
  });
  return `{${members.join(',')}}`;
}
