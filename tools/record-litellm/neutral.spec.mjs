import { describe, expect, it } from '@jest/globals';
import { print, withoutFolders, withShortStacks } from './neutral.mjs';

describe('a recording', () => {
  it('names no folder of the machine that it was made on', () => {
    const recorded = { attributes: [{ key: 'error.message', value: { stringValue: 'in /home/me/env/lib/a.py' } }] };
    expect(withoutFolders(recorded, [['/home/me/env', '/venv']])).toEqual({
      attributes: [{ key: 'error.message', value: { stringValue: 'in /venv/lib/a.py' } }],
    });
  });

  it('keeps the ends of a stack trace, as an attribute and as a member, and all of any other text', () => {
    const stack = ['Traceback', 'a', 'b', 'c', 'd', 'e', 'f', 'Error: no'].join('\n');
    const short = ['Traceback', 'a', 'b', '  (left out of the recording)', 'e', 'f', 'Error: no'].join('\n');
    const attribute = (key, text) => ({ key, value: { stringValue: text } });
    expect(
      withShortStacks({
        attributes: [attribute('exception.stacktrace', stack), attribute('gen_ai.prompt', stack)],
        error_information: { traceback: stack, error_message: stack },
      }),
    ).toEqual({
      attributes: [attribute('exception.stacktrace', short), attribute('gen_ai.prompt', stack)],
      error_information: { traceback: short, error_message: stack },
    });
  });

  it('has an attribute a line and reads back as what it was', () => {
    const document = {
      resourceSpans: [
        { scopeSpans: [{ spans: [{ name: 'a\nb', attributes: [{ key: 'k' }, { key: 'l' }], events: [] }] }] },
      ],
    };
    const printed = print(document);
    expect(JSON.parse(printed)).toEqual(document);
    expect(printed.split('\n')).toContain('{"key":"k"},');
  });
});
