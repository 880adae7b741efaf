import { describe, expect, it } from '@jest/globals';
import type { ExtractedCall } from '@signalbox/contracts';
import { HARMLESS, PERSONAL_DATA } from './personal-data.list.js';
import { redactCall, redactText } from './redact.js';

/** Found of those in the list; docs/privacy.md shows these figures. */
const RECALL = { email: [13, 15], phone: [24, 27], card: [10, 10], iban: [9, 9], ip: [8, 8], key: [16, 18] };
const LONG = 10_000_000;
const CALL: ExtractedCall = {
  ...{ id: '01900000-0000-7000-8000-000000000001', traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), dialect: 'seed' },
  ...{
    serviceName: null,
    startedAtUnixNano: '1700000000000000000',
    responseTimeSeconds: 1,
    timeToFirstTokenSeconds: null,
  },
  ...{ query: null, messages: null, response: null, toolCalls: null, requestModel: 'm', responseModel: 'm' },
  ...{
    provider: null,
    inputTokens: 1,
    outputTokens: 1,
    totalTokens: 2,
    cachedInputTokens: null,
    reasoningTokens: null,
  },
  ...{ costUsd: null, sessionId: null, userId: 'ada@example.com', requestId: null, status: 'OK', errorType: null },
  ...{ finishReason: null, decisionId: null, chosenCandidate: null, propensity: null, probabilities: null },
  ...{ available: null, routerVersion: null, truncated: false },
};

describe('redaction', () => {
  it.each(Object.entries(RECALL))('finds %s as often as the documentation says', (kind, [found, of]) => {
    const listed = PERSONAL_DATA.filter((each) => each.kind === kind);
    const missed = listed.filter(({ text, secret }) => redactText(text, 'ON').value.includes(secret));
    expect({
      of: listed.length,
      found: listed.length - missed.length,
      missed: missed.map(({ secret }) => secret),
    }).toEqual({
      ...{ of, found },
      missed: expect.anything(),
    });
  });

  it.each(HARMLESS)('leaves as it is: %s', (text) => {
    expect(redactText(text, 'ON')).toEqual({ value: text, redactions: 0 });
  });

  it('takes out of links and long numbers only when it is strict', () => {
    const text = 'see https://example.com/users/ada?token=x and member 1234567';
    expect(redactText(text, 'ON').value).toBe(text);
    expect(redactText(text, 'STRICT')).toEqual({
      value: 'see https://example.com/[link] and member [number]',
      redactions: 2,
    });
    expect(redactText('mail ada@example.com', 'OFF').value).toBe('mail ada@example.com');
  });

  it('finds nothing more in what it has redacted', () => {
    for (const { text } of PERSONAL_DATA)
      for (const level of ['ON', 'STRICT'] as const) {
        const once = redactText(text, level).value;
        expect(redactText(once, level)).toEqual({ value: once, redactions: 0 });
      }
  });

  it.each([
    'a',
    '1',
    '1.',
    'a@',
    'a@b.',
    'ab:',
    '1 ',
    '+1 ',
    'bearer ',
    'DE12 ',
    'sk-',
    'eyJ',
    '(030) ',
    'password: ',
    'http://a/',
  ])(
    'takes time in proportion to a text of 10 MB made of "%s"',
    (unit) => {
      const seconds = (length: number) => {
        const text = unit.repeat(Math.ceil(length / unit.length));
        const start = process.cpuUsage();
        redactText(text, 'STRICT');
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1e6;
      };
      seconds(LONG / 100);
      // A quadratic pattern takes a hundred times as long for ten times the text; what else is collected meanwhile is not the text's.
      const inProportion = () => seconds(LONG) < Math.max(40 * seconds(LONG / 10), 2);
      expect(inProportion() || inProportion() || inProportion()).toBe(true);
    },
    120_000,
  );

  it('redacts every text of a call, counts a text once, and keeps what holds calls together', () => {
    const query = 'I am ada@example.com';
    const call = {
      ...CALL,
      ...{ query, response: 'Hello +49 30 901820', sessionId: 'ada@example.com' },
      messages: [
        { role: 'system', content: 'key sk-proj-Abcdefghij1234567890KLMN' },
        { role: 'user', content: query },
        { role: 'assistant', content: null, toolCalls: [{ name: 'f', arguments: '{"ip":"192.168.10.4"}' }] },
      ],
      toolCalls: [{ name: 'f', arguments: '{"iban":"DE89 3704 0044 0532 0130 00"}' }],
    };
    const { value, redactions } = redactCall(call, 'ON');
    expect(redactions).toBe(5);
    expect(value).toEqual({
      ...call,
      ...{ query: 'I am [email]', response: 'Hello [phone]' },
      messages: [
        { role: 'system', content: 'key [key]' },
        { role: 'user', content: 'I am [email]' },
        { role: 'assistant', content: null, toolCalls: [{ name: 'f', arguments: '{"ip":"[ip]"}' }] },
      ],
      toolCalls: [{ name: 'f', arguments: '{"iban":"[iban]"}' }],
    });
    expect(redactCall(call, 'OFF')).toEqual({ value: call, redactions: 0 });
  });
});
