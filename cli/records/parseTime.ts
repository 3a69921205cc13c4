import { localClock } from "../../autoscaler-agent/decide/tick/localTime";
import { inputError } from "../inputError";

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { s: SECOND_MS, m: 60 * SECOND_MS, h: 3600 * SECOND_MS, d: DAY_MS };

const AGO = /^(\d{1,6}(?:\.\d{1,3})?)\s*([smhd])(?:\s+ago)?$/;
const TIME_OF_DAY = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?)?$/;
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** When and where a time is read. */
export interface TimeReading {
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** IANA name of the zone of times that name none. */
  readonly timeZone: string;
}

/** This moment, in the zone of this machine. */
export function localTimeReading(): TimeReading {
  return { nowMs: Date.now(), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/**
 * The moment that a text names, in epoch milliseconds: ISO 8601 with or without a zone, `14:05` (the last one there was), `10m ago`, `now`. Of a time that the zone's
 * clocks show twice it is the first; one that they skip is the moment of the jump.
 *
 * @throws InputError for anything else, and for a moment to come
 */
export function parseTime(option: string, text: string, { nowMs, timeZone }: TimeReading): number {
  const moment = readTime(text.trim(), { nowMs, timeZone });
  if (moment === undefined) {
    throw inputError({
      path: option,
      problem: "is no time",
      got: JSON.stringify(text),
      expected: 'ISO 8601 like 2026-11-21T14:05:00Z, a time of day like 14:05, or "10m ago"',
      fix: "Units are s, m, h and d.",
    });
  }
  if (moment <= nowMs) return moment;
  throw inputError({
    path: option,
    problem: "has not come yet",
    got: JSON.stringify(text),
    expected: `a time before ${new Date(nowMs).toISOString()}`,
    fix: `Times without a zone are those of ${timeZone}; write 2026-11-21T14:05:00Z for UTC.`,
  });
}

function readTime(text: string, { nowMs, timeZone }: TimeReading): number | undefined {
  if (text === "now") return nowMs;
  const [, amount, unit = ""] = AGO.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (unitMs[unit] ?? Number.NaN);
  const clock = localClock(timeZone);
  const [, hour, minute, second = "0"] = TIME_OF_DAY.exec(text) ?? [];
  if (hour !== undefined) {
    const minutes = Number(hour) * 60 + Number(minute) + Number(second) / 60;
    const today = clock.dayAt(nowMs);
    const moment = clock.moment(today, minutes);
    return moment <= nowMs ? moment : clock.moment(today - 1, minutes);
  }
  if (WITH_ZONE.test(text)) return finite(Date.parse(text));
  const local = LOCAL.exec(text);
  return local === null ? undefined : localMoment(local.slice(1), timeZone);
}

function localMoment(
  [year, month, day, hour = "0", minute = "0", second = "0"]: readonly (string | undefined)[],
  timeZone: string,
): number | undefined {
  const midnightMs = finite(Date.parse(`${year}-${month}-${day}T00:00:00Z`));
  // JavaScript takes 31 February for 3 March.
  if (midnightMs === undefined || new Date(midnightMs).getUTCDate() !== Number(day)) return undefined;
  return localClock(timeZone).moment(midnightMs / DAY_MS, Number(hour) * 60 + Number(minute) + Number(second) / 60);
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
