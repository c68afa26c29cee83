// A slice is late when a scheduled run should have brought something newer for an hour.
import { CronExpressionParser } from 'cron-parser';
import type { Schedule } from '../config/environment.ts';

const GRACE_MS = 60 * 60_000;

/** @param runMs  what the slice shows; milliseconds since 1970 */
export function isLate(schedule: Schedule | undefined, runMs: number, nowMs: number): boolean {
  if (!schedule) return false;
  const { cron, timeZone: tz } = schedule;
  const due = CronExpressionParser.parse(cron, { tz, currentDate: new Date(nowMs - GRACE_MS) });
  return runMs < due.prev().getTime();
}
