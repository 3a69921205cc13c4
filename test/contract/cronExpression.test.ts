import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CronExpression, isTimeZone, parseCronExpression } from "../../contract/cronExpression";

function read(text: string): CronExpression {
  const reading = parseCronExpression(text);
  if (!("cron" in reading)) throw new Error(`${text}: ${reading.problem}`);
  return reading.cron;
}

describe("parseCronExpression", () => {
  it("reads all of everything", () => {
    expect(read("* * * * *")).toEqual({
      minutes: Array.from({ length: 60 }, (_, index) => index),
      hours: Array.from({ length: 24 }, (_, index) => index),
      daysOfMonth: Array.from({ length: 31 }, (_, index) => index + 1),
      months: Array.from({ length: 12 }, (_, index) => index + 1),
      daysOfWeek: [0, 1, 2, 3, 4, 5, 6],
      eitherDay: false,
    });
  });

  it.each<[string, Partial<CronExpression>]>([
    ["0 8 * * 1-5", { minutes: [0], hours: [8], daysOfWeek: [1, 2, 3, 4, 5] }],
    ["5,1,5 * * * *", { minutes: [1, 5] }],
    ["*/20 * * * *", { minutes: [0, 20, 40] }],
    ["10-30/10 * * * *", { minutes: [10, 20, 30] }],
    ["0 0 * jan,Mar-MAY *", { months: [1, 3, 4, 5] }],
    ["0 0 * * mon-fri", { daysOfWeek: [1, 2, 3, 4, 5] }],
    ["0 0 * * 7", { daysOfWeek: [0] }],
    ["0 0 * * 5-7", { daysOfWeek: [0, 5, 6] }],
    ["0 0 * * */2", { daysOfWeek: [0, 2, 4, 6] }],
    ["  0  9\t1 * * ", { minutes: [0], hours: [9], daysOfMonth: [1] }],
    ["0 0 29 2 *", { daysOfMonth: [29], months: [2] }],
    ["0 0 13 * 5", { daysOfMonth: [13], daysOfWeek: [5], eitherDay: true }],
    ["0 0 */2 * 5", { eitherDay: false }],
    ["0 0 30 2 mon", { eitherDay: true }],
  ])("reads %j", (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it.each([
    ["", "made of 0 fields"],
    ["0 8 * *", "made of 4 fields"],
    ["0 0 8 * * *", "made of 6 fields"],
    ["@daily", "made of 1 fields"],
    ["60 * * * *", 'outside 0 to 59 in its minute at "60"'],
    ["0 24 * * *", 'outside 0 to 23 in its hour at "24"'],
    ["0 0 0 * *", 'outside 1 to 31 in its day of month at "0"'],
    ["0 0 * 13 *", 'outside 1 to 12 in its month at "13"'],
    ["0 0 * * 8", 'outside 0 to 7 in its day of week at "8"'],
    ["0 17-9 * * *", 'backwards in its hour at "17-9"'],
    ["0 x * * *", 'unreadable in its hour at "x"'],
    ["0 1,,2 * * *", 'unreadable in its hour at ""'],
    ["0 1-2-3 * * *", 'unreadable in its hour at "1-2-3"'],
    ["0 -1 * * *", 'unreadable in its hour at "-1"'],
    ["0 1.5 * * *", 'unreadable in its hour at "1.5"'],
    ["0 */0 * * *", 'unreadable in the step of its hour at "*/0"'],
    ["0 3/2 * * *", 'unreadable in the step of its hour at "3/2"'],
    ["0 */2/3 * * *", 'unreadable in its hour at "*/2/3"'],
    ["0 0 30 2 *", "a day that none of its months has"],
    ["0 0 31 4,6,9,11 *", "a day that none of its months has"],
    [`0 0 * * ${"1,".repeat(200)}1`, "longer than 200 characters"],
  ])("refuses %j", (text, problem) => {
    expect(parseCronExpression(text)).toEqual({ problem });
  });

  it("answers every text, with sorted values in range", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc.array(fc.stringMatching(/^[*0-9,/-]{1,6}$/), { minLength: 5, maxLength: 5 }).map((parts) => parts.join(" ")),
    );
    fc.assert(
      fc.property(text, (written) => {
        const reading = parseCronExpression(written);
        if ("problem" in reading) return reading.problem.length > 0;
        const { minutes, hours, daysOfMonth, months, daysOfWeek } = reading.cron;
        return [minutes, hours, daysOfMonth, months, daysOfWeek].every(
          (values) => values.length > 0 && values.every((value, index) => value >= 0 && value <= 59 && value > (values[index - 1] ?? -1)),
        );
      }),
    );
  });
});

describe("isTimeZone", () => {
  it.each(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Pacific/Apia"])("knows %s", (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each(["", "Europe/Berln", "+02:00", "Mars/Olympus", " UTC"])("does not know %j", (name) => {
    expect(isTimeZone(name)).toBe(false);
  });
});
