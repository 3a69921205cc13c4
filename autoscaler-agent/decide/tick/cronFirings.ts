import type { CronExpression } from "../../../contract/cronExpression";
import { calendarDay, type LocalClock } from "./localTime";

/** 29 February comes after eight years at the latest, across a century that is no leap year. */
const DAYS_TO_SEARCH = 8 * 366 + 2;

/** The moment of the newest firing that is not after this one; undefined: it has never fired. Epoch milliseconds. */
export function lastFiring(cron: CronExpression, clock: LocalClock, epochMs: number): number | undefined {
  // Clocks that are set back over midnight show a day again that had ended.
  const today = clock.dayAt(epochMs) + 1;
  for (let day = today; day > today - DAYS_TO_SEARCH; day -= 1) {
    if (!isDay(cron, day)) continue;
    const count = countUntil(cron, day, (moment) => moment <= epochMs, clock);
    if (count > 0) return clock.moment(day, minuteOfFiring(cron, count - 1));
  }
  return undefined;
}

/** The moment of the first firing after this one; undefined: none will come. Epoch milliseconds. */
export function nextFiring(cron: CronExpression, clock: LocalClock, epochMs: number): number | undefined {
  const today = clock.dayAt(epochMs) - 1;
  for (let day = today; day < today + DAYS_TO_SEARCH; day += 1) {
    if (!isDay(cron, day)) continue;
    const count = countUntil(cron, day, (moment) => moment <= epochMs, clock);
    if (count < firingsADay(cron)) return clock.moment(day, minuteOfFiring(cron, count));
  }
  return undefined;
}

function isDay(cron: CronExpression, dayNumber: number): boolean {
  const { month, day, weekday } = calendarDay(dayNumber);
  const [byMonth, byWeek] = [cron.daysOfMonth.includes(day), cron.daysOfWeek.includes(weekday)];
  return cron.months.includes(month) && (cron.eitherDay ? byMonth || byWeek : byMonth && byWeek);
}

function firingsADay({ hours, minutes }: CronExpression): number {
  return hours.length * minutes.length;
}

/** The minute of the day of one of its firings, counted from 0. */
function minuteOfFiring({ hours, minutes }: CronExpression, index: number): number {
  return (hours[Math.floor(index / minutes.length)] ?? 0) * 60 + (minutes[index % minutes.length] ?? 0);
}

/** How many firings of a day come before the first one for which this no longer holds. Moments never go backwards, so halving finds it. */
function countUntil(cron: CronExpression, day: number, holds: (moment: number) => boolean, clock: LocalClock): number {
  let [low, high] = [0, firingsADay(cron)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(clock.moment(day, minuteOfFiring(cron, middle)))) low = middle + 1;
    else high = middle;
  }
  return low;
}
