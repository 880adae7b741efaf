import { describe, expect, it } from '@jest/globals';
import { SignalboxError } from '@signalbox/contracts';
import { openObjectStore } from './open-object-store.js';

function refusal(url: string): SignalboxError {
  try {
    openObjectStore(url);
  } catch (error) {
    if (error instanceof SignalboxError) return error;
    throw error;
  }
  throw new Error(`${url} was opened`);
}

describe('opening an object store', () => {
  it('opens a file URL and writes nothing', () => {
    expect(openObjectStore('file:///nonexistent/objects').urlOf('a/b')).toBe('file:///nonexistent/objects/a/b');
  });

  it.each(['s3://bucket/prefix', 'https://example.test/x', 'objects', '', 'file://host/folder', 'file:///a?b'])(
    'refuses %j with a code and the form to write',
    (url) => {
      expect(refusal(url).code).toBe('ENVIRONMENT_INVALID');
      expect(refusal(url).message).toContain('file:///absolute/folder');
    },
  );
});
