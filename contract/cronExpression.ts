/**
 * When something recurs, in the five fields of cron: minute, hour, day of month, month, day of week. Read by the program, which refuses what cannot be read, and
 * by the agent, which acts on it. Numbers are sorted and without repetition.
 */
export interface CronExpression {
  /** 0–59. */
  readonly minutes: readonly number[];
  /** 0–23. */
  readonly hours: readonly number[];
  /** 1–31. */
  readonly daysOfMonth: readonly number[];
  /** 1–12. */
  readonly months: readonly number[];
  /** 0–6, Sunday is 0. */
  readonly daysOfWeek: readonly number[];
  /** As in cron: with both fields of days restricted (neither begins with `*`), a day needs to match only one of them. */
  readonly eitherDay: boolean;
}

/** What was read, or what is wrong with it in words that follow "is": `not five fields`. */
export type CronReading = { readonly cron: CronExpression } | { readonly problem: string };

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names of the values from `least` on. */
  readonly names?: readonly string[];
}

const fields = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of month", least: 1, most: 31 },
  {
    name: "month",
    least: 1,
    most: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  // Sunday is both 0 and 7, so that a range may begin and end with it.
  { name: "day of week", least: 0, most: 7, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
] as const satisfies readonly Field[];

/** The longest each month gets. */
const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Longer text is no expression that a person wrote, and reading it would cost time. */
const LONGEST_EXPRESSION = 200;

/**
 * Reads a cron expression: five fields of `*`, numbers, names (`mon`, `jan`), ranges (`1-5`), steps (`*` or a range, then `/15`) and lists of these.
 * An expression that names only days that no month has is refused, because it would never come.
 */
export function parseCronExpression(text: string): CronReading {
  const parts = text.trim().split(/\s+/);
  if (text.length > LONGEST_EXPRESSION) return { problem: `longer than ${LONGEST_EXPRESSION} characters` };
  if (parts.length !== fields.length) return { problem: `made of ${text.trim() === "" ? 0 : parts.length} fields` };
  const read = fields.map((field, index) => parseField(parts[index] ?? "", field));
  const bad = read.find((result) => typeof result === "string");
  if (bad !== undefined) return { problem: bad };
  const [minutes = [], hours = [], daysOfMonth = [], months = [], weekdays = []] = read as number[][];
  const eitherDay = parts[2]?.startsWith("*") === false && parts[4]?.startsWith("*") === false;
  const cron = { minutes, hours, daysOfMonth, months, daysOfWeek: sorted(weekdays.map((day) => day % 7)), eitherDay };
  const hasDay = eitherDay || months.some((month) => (daysOfMonth[0] ?? 0) <= (longestMonths[month - 1] ?? 0));
  return hasDay ? { cron } : { problem: "a day that none of its months has" };
}

/** The field's values, or what is wrong with it. */
function parseField(text: string, field: Field): number[] | string {
  const values: number[] = [];
  for (const part of text.split(",")) {
    const read = parsePart(part, field);
    if (typeof read === "string") return read;
    values.push(...read);
  }
  return sorted(values);
}

function parsePart(part: string, field: Field): number[] | string {
  const [range = "", stepText, ...rest] = part.split("/");
  const [firstText = "", lastText, ...others] = range.split("-");
  const unreadable = `unreadable in its ${field.name} at "${part}"`;
  if (rest.length > 0 || others.length > 0) return unreadable;
  const isAll = range === "*";
  const first = isAll ? field.least : valueNamed(firstText, field);
  const last = isAll ? lastOfAll(field) : lastText === undefined ? first : valueNamed(lastText, field);
  const step = stepText === undefined ? 1 : wholeNumber(stepText);
  if (first === undefined || last === undefined || step === undefined) return unreadable;
  if (first < field.least || last > field.most) return `outside ${field.least} to ${field.most} in its ${field.name} at "${part}"`;
  if (last < first) return `backwards in its ${field.name} at "${part}"`;
  if (step < 1 || (stepText !== undefined && !isAll && lastText === undefined))
    return `unreadable in the step of its ${field.name} at "${part}"`;
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/** `*` of the days of the week must not count Sunday twice, or steps would come out wrong. */
function lastOfAll(field: Field): number {
  return field.name === "day of week" ? 6 : field.most;
}

function valueNamed(text: string, field: Field): number | undefined {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 ? field.least + named : wholeNumber(text);
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
}

function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}

/** True when the machine knows the time zone: an IANA name such as `Europe/Berlin`, or `UTC`. Offsets such as `+02:00` are not names of zones. */
export function isTimeZone(text: string): boolean {
  try {
    return /^[A-Za-z]/.test(text) && new Intl.DateTimeFormat("en", { timeZone: text }) instanceof Intl.DateTimeFormat;
  } catch {
    return false;
  }
}
