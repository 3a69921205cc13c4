const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A day of the calendar, without a time zone. */
export interface CalendarDay {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  /** 1–31. */
  readonly day: number;
  /** 0–6, Sunday is 0. */
  readonly weekday: number;
}

/** A time zone's clock. */
export interface LocalClock {
  /** Days from 1 January 1970 to the day that the zone's calendars show at this moment. */
  readonly dayAt: (epochMs: number) => number;
  /**
   * The moment at which the zone's clocks show a time of a day. A time that they skip is the moment of the jump; of one that they show twice it is the first. So a later
   * time is never an earlier moment.
   */
  readonly moment: (day: number, minuteOfDay: number) => number;
}

/** The day with this number, 1 January 1970 being 0. */
export function calendarDay(dayNumber: number): CalendarDay {
  // Eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
  const shifted = dayNumber + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    weekday: (((dayNumber + 4) % 7) + 7) % 7,
  };
}

/** The number of a day, 1 January 1970 being 0. */
function dayNumberOf(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

/** Making a clock costs far more than asking it, and it never changes. */
const clocks = new Map<string, LocalClock>();

/**
 * The clock of a time zone, by its IANA name.
 *
 * @throws RangeError for a name that is not known; the agent's configuration holds none
 */
export function localClock(timeZone: string): LocalClock {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const offsetAt = offsets(timeZone);
  const made: LocalClock = {
    dayAt: (epochMs) => Math.floor((epochMs + offsetAt(epochMs)) / DAY_MS),
    moment: (day, minuteOfDay) => momentOf(day * DAY_MS + minuteOfDay * MINUTE_MS, offsetAt),
  };
  clocks.set(timeZone, made);
  return made;
}

/** By how many milliseconds the zone's clocks are ahead of UTC at a moment. */
type Offsets = (epochMs: number) => number;

function offsets(timeZone: string): Offsets {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "iso8601",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (epochMs) => {
    const parts = format.formatToParts(epochMs);
    const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((candidate) => candidate.type === type)?.value);
    const day = dayNumberOf(part("year"), part("month"), part("day"));
    const seconds = (day * 24 + part("hour")) * 3600 + part("minute") * 60 + part("second");
    return seconds * 1000 - Math.floor(epochMs / 1000) * 1000;
  };
}

/** @param localMs what the clocks show, as if they showed UTC */
function momentOf(localMs: number, offsetAt: Offsets): number {
  const [before, after] = [offsetAt(localMs - DAY_MS), offsetAt(localMs + DAY_MS)];
  const shown = [localMs - before, localMs - after].filter((moment) => moment + offsetAt(moment) === localMs);
  return shown.length > 0 ? Math.min(...shown) : jumpBetween(localMs - after, localMs - before, offsetAt);
}

/** The moment, to the minute, from which on the offset is that at `end`. */
function jumpBetween(start: number, end: number, offsetAt: Offsets): number {
  let [low, high] = [Math.min(start, end), Math.max(start, end)];
  const later = offsetAt(high);
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offsetAt(middle) === later) high = middle;
    else low = middle;
  }
  return high;
}
