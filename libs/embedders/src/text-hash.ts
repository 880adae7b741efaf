import { createHash } from 'node:crypto';

/** Content address of a text: sha256 of its exact UTF-8 bytes, as 64 hexadecimal digits. Nothing is trimmed or folded. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
