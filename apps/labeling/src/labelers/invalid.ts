import { SignalboxError } from '@signalbox/contracts';

/** @param message names the field and never repeats a value, which may be a secret or a prompt */
export const invalid = (message: string): SignalboxError => new SignalboxError('INVALID_INPUT', message);
