import { createHmac } from 'node:crypto';

const hmac = (text: string, secretKey: string): string => createHmac('sha256', secretKey).update(text).digest('hex');

/** Tells one user from another without saying who they are; nobody without the key can try ids against one. */
export const userMac = (userId: string, secretKey: string): string => hmac(`user ${userId}`, secretKey);

/** Equal for equal secrets: whether two services can compare their macs. */
export const keyMark = (secretKey: string): string => hmac('key mark', secretKey).slice(0, 16);
