import { SignalboxError } from '@signalbox/contracts';
import { CronExpressionParser } from 'cron-parser';

/** The library would take a sixth, of seconds, and fewer, which it fills up. */
const FIELDS = 5;

/**
 * The first moment after `after` that a cron expression names, in UTC.
 * @throws SignalboxError INVALID_INPUT
 */
export function nextRun(expression: string, after: Date): Date {
  try {
    if (expression.trim().split(/\s+/).length !== FIELDS) throw new RangeError('not five fields');
    return CronExpressionParser.parse(expression, { currentDate: after, tz: 'UTC' }).next().toDate();
  } catch {
    throw new SignalboxError(
      'INVALID_INPUT',
      'schedule: expected a cron expression of five fields (minute hour day month weekday, UTC) that comes up, e.g. */15 * * * *.',
    );
  }
}
