import { createHmac } from 'node:crypto';

/** Equal inputs have equal codes, whatever the order of their members; nobody without the key can try secrets against one. */
export function inputDigest(value: unknown, secretKey: string): string {
  return createHmac('sha256', secretKey).update(canonical(value)).digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(
          Object.entries(item)
            .filter(([, member]) => member !== undefined && member !== null)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : item,
  );
}
