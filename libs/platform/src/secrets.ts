import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a secret for storage; `keyHex` is 32 bytes in hex. The answer is base64 of iv, tag and ciphertext. */
export function seal(plain: string, keyHex: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, Buffer.from(keyHex, 'hex'), iv);
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/** @throws SignalboxError ENVIRONMENT_INVALID when the key is not the one that sealed it. */
export function unseal(sealed: string, keyHex: string): string {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(ALGORITHM, Buffer.from(keyHex, 'hex'), bytes.subarray(0, IV_BYTES));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new SignalboxError(
      'ENVIRONMENT_INVALID',
      'A stored credential cannot be opened with this SIGNALBOX_SECRET_KEY.',
      'Set the key that the credential was stored with, or store the credential again.',
      { cause },
    );
  }
}
