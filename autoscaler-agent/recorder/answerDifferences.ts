import { isPlainObject, toPlain } from "./plainValue";

/** One place where two answers differ. */
export interface AnswerDifference {
  /** `reply.launch[cpu].count`: entries of lists by what they are about where that tells them apart, else by position. */
  readonly path: string;
  readonly was: string;
  readonly now: string;
}

/** Values are shown up to this length. */
const LONGEST_VALUE = 200;

/** What names an entry of a list. */
const namingKeys = ["kind", "code", "groupName", "id", "instanceId", "index"] as const;

/** All places where two answers differ, in their order; none when they are equal in everything, the order of lists included. */
export function answerDifferences(then: unknown, now: unknown): AnswerDifference[] {
  return differencesAt("", then, now);
}

function differencesAt(path: string, then: unknown, now: unknown): AnswerDifference[] {
  if (Object.is(then, now)) return [];
  if (Array.isArray(then) && Array.isArray(now)) return listDifferences(path, then, now);
  if (isPlainObject(then) && isPlainObject(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
    return keys.flatMap((key) => differencesAt(path === "" ? key : `${path}.${key}`, then[key], now[key]));
  }
  const [was, is] = [textOf(then), textOf(now)];
  return was === is ? [] : [{ path, ...shown(was, is) }];
}

function listDifferences(path: string, then: readonly unknown[], now: readonly unknown[]): AnswerDifference[] {
  const [before, after] = [namesOf(then), namesOf(now)];
  if (before === undefined || after === undefined) {
    const count = Math.max(then.length, now.length);
    return Array.from({ length: count }, (_, index) => differencesAt(`${path}[${index}]`, then[index], now[index])).flat();
  }
  const [was, is] = [positionsOf(before), positionsOf(after)];
  const inside = [...new Set([...before, ...after])].flatMap((name) =>
    differencesAt(`${path}[${name}]`, then[was.get(name) ?? -1], now[is.get(name) ?? -1]),
  );
  const sameNames = before.length === after.length && before.every((name) => is.has(name));
  const moved = sameNames && before.some((name, position) => after[position] !== name);
  return moved ? [...inside, { path, ...shown(textOf(before.join(", ")), textOf(after.join(", "))) }] : inside;
}

function positionsOf(names: readonly string[]): ReadonlyMap<string, number> {
  return new Map(names.map((name, position) => [name, position]));
}

/** What the entries are about; undefined when that does not tell them apart. */
function namesOf(list: readonly unknown[]): string[] | undefined {
  const names = list.map((entry) =>
    isPlainObject(entry)
      ? namingKeys
          .map((key) => entry[key])
          .filter((value) => typeof value === "string" || typeof value === "number")
          .join(" ")
      : "",
  );
  return new Set(names).size === names.length && !names.includes("") ? names : undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(toPlain(value));
}

/** Two texts that differ, so much of them that the difference can be seen. */
function shown(then: string, now: string): Pick<AnswerDifference, "was" | "now"> {
  let same = 0;
  while (same < then.length && then[same] === now[same]) same += 1;
  const start = same < LONGEST_VALUE / 2 ? 0 : same - LONGEST_VALUE / 4;
  const cut = (text: string) =>
    `${start > 0 ? "…" : ""}${text.slice(start, start + LONGEST_VALUE)}${text.length > start + LONGEST_VALUE ? "…" : ""}`;
  return { was: cut(then), now: cut(now) };
}
