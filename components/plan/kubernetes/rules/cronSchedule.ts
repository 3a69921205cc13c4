interface Field {
  readonly least: number;
  readonly most: number;
  readonly names: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** As the operator's library has them: unlike elsewhere, Sunday is 0 and never 7. */
const fields: readonly Field[] = [
  { least: 0, most: 59, names: [] },
  { least: 0, most: 23, names: [] },
  { least: 1, most: 31, names: [] },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];

const descriptors: readonly string[] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const longestSchedule = 200;

function numberIn(text: string, { least, names }: Field): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return least + named;
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
}

function isPart(part: string, field: Field): boolean {
  const [range = "", step, ...more] = part.split("/");
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d{0,3}$/.test(step))) return false;
  if (range === "*" || range === "?") return true;
  const [first = "", last = first, ...tooMany] = range.split("-");
  const [from, to] = [numberIn(first, field), numberIn(last, field)];
  return tooMany.length === 0 && from >= field.least && to <= field.most && from <= to;
}

/** True when KubeRay's operator can read a schedule: five fields, `@daily` and the like, or `@every` with a duration. */
export function isCronSchedule(text: string): boolean {
  if (text.length > longestSchedule) return false;
  if (text.startsWith("@every ")) return isGoDuration(text.slice("@every ".length));
  if (text.startsWith("@")) return descriptors.includes(text);
  const parts = text.trim().split(/\s+/);
  return (
    parts.length === fields.length && fields.every((field, index) => (parts[index] ?? "").split(",").every((part) => isPart(part, field)))
  );
}

/** True for a duration as Go writes them: `90s`, `1h30m`, `1.5h`; with a sign, if one is there. */
export function isGoDuration(text: string): boolean {
  return /^[-+]?(0|((\d{1,9}(\.\d{0,9})?|\.\d{1,9})(ns|us|µs|μs|ms|s|m|h)){1,9})$/.test(text);
}
