import { describe, expect, it } from '@jest/globals';
import { readMessages, readUnmistakableMessages } from './messages.js';

const call = { id: 'c1', name: 'f', arguments: '{"a":1}' };

describe('readMessages', () => {
  it.each([
    ['semconv', { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'f', arguments: { a: 1 } }] }],
    [
      'LiteLLM, outside of parts',
      { role: 'assistant', parts: [], tool_calls: [{ id: 'c1', function: { name: 'f', arguments: '{"a":1}' } }] },
    ],
    [
      'OpenAI',
      { role: 'assistant', content: null, tool_calls: [{ id: 'c1', function: { name: 'f', arguments: '{"a":1}' } }] },
    ],
    ['Anthropic', { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'f', input: { a: 1 } }] }],
    ['Gemini', { role: 'model', parts: [{ function_call: { id: 'c1', name: 'f', args: { a: 1 } } }] }],
    ['Responses API', { type: 'function_call', call_id: 'c1', id: 'fc1', name: 'f', arguments: '{"a":1}' }],
  ])('reads tool calls as %s writes them', (_dialect, message) => {
    expect(readMessages([message])).toEqual([{ role: 'assistant', content: null, toolCalls: [call] }]);
  });

  it('turns what a tool answered into a message of the tool, so that it is never taken for the question', () => {
    expect(
      readMessages([
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: '12 °C' }] },
        { role: 'user', parts: [{ function_response: { id: 'c2', response: { ok: true } } }] },
        { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c3', response: 'done' }] },
      ]),
    ).toEqual([
      { role: 'tool', content: '12 °C', toolCallId: 'c1' },
      { role: 'tool', content: '{"ok":true}', toolCallId: 'c2' },
      { role: 'tool', content: 'done', toolCallId: 'c3' },
    ]);
  });

  it('leaves out reasoning and what a gateway redacted', () => {
    expect(
      readMessages([
        {
          role: 'assistant',
          parts: [
            { type: 'reasoning', content: 'hm' },
            { type: 'text', content: 'yes' },
          ],
        },
        { role: 'model', parts: [{ text: 'hm', thought: true }, { text: 'no' }] },
        { role: 'user', content: 'redacted-by-litellm' },
      ]),
    ).toEqual([
      { role: 'assistant', content: 'yes' },
      { role: 'assistant', content: 'no' },
      { role: 'user', content: null },
    ]);
  });

  it('reads JSON inside JSON and Python', () => {
    const expected = [{ role: 'user', content: 'hi' }];
    expect(readMessages(JSON.stringify(JSON.stringify(expected)))).toEqual(expected);
    expect(readMessages(`[{'role': 'user', 'content': 'hi'}]`)).toEqual(expected);
  });

  it.each(['hello', '{"a":1}', '[1,2]', '[]', '[{"role":', null, 7])('is null for %j', (value) => {
    expect(readMessages(value)).toBeNull();
  });
});

describe('readUnmistakableMessages', () => {
  it.each([
    '[{"type":"circle","r":2}]',
    '{"text":"a JSON answer"}',
    '{"role":"admin","content":"x"}',
    '{"choices":["a","b"]}',
    '[1,2]',
    '"quoted"',
    '{}',
  ])('takes %s for the text that it is', (text) => {
    expect(readUnmistakableMessages(text)).toBeNull();
  });

  it('reads messages and choices', () => {
    expect(readUnmistakableMessages('[{"role":"user","content":"hi"}]')).toEqual([{ role: 'user', content: 'hi' }]);
    expect(
      readUnmistakableMessages('{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"ho"}}]}'),
    ).toEqual([{ role: 'assistant', content: 'ho', finishReason: 'stop' }]);
  });
});
