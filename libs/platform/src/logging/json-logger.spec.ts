import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { jsonLogger, type LogThreshold } from './json-logger.js';
import { withLogContext } from './log-context.js';

describe('a log line', () => {
  const written: string[] = [];
  const logging = (level: LogThreshold) => {
    written.length = 0;
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    }
    return jsonLogger('ingest', level);
  };
  const lines = () => written.flatMap((text) => text.trimEnd().split('\n')).map((line): unknown => JSON.parse(line));
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is one JSON object with the service and the ids of what it is about', () => {
    const log = logging('log');
    withLogContext({ requestId: 'r1' }, () => log.log('first\nsecond', 'start'));
    expect(lines()).toEqual([
      expect.objectContaining({ level: 'log', message: 'first\nsecond', service: 'ingest', requestId: 'r1' }),
    ]);
  });

  it('of an error holds its name, message, stack and code, and no row that a database refused', () => {
    const log = logging('error');
    const row = { detail: 'Failing row contains (a prompt).', parameters: ['a prompt'], where: 'a prompt' };
    const refused = Object.assign(new Error('refused'), { code: '23514', ...row });
    log.error(new Error('not stored', { cause: refused }));
    const cause = { name: 'Error', message: 'refused', code: '23514', stack: expect.any(String) };
    expect(lines()).toEqual([
      expect.objectContaining({
        message: 'not stored',
        error: { name: 'Error', message: 'not stored', stack: expect.any(String), cause },
      }),
    ]);
    expect(written.join()).not.toContain('a prompt');
  });

  it.each([
    ['debug', ['debug', 'log', 'warn', 'error']],
    ['log', ['log', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('of level %s and above', (level, told) => {
    const log = logging(level);
    for (const each of ['debug', 'log', 'warn', 'error'] as const) log[each](each);
    expect(lines()).toEqual(told.map((each) => expect.objectContaining({ level: each })));
  });
});
