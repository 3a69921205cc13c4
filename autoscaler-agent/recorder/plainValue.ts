/** A value as JSON holds it. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** Marks of what JSON has no form for, each the only key of an object. An object of which a key begins like a mark is written under `$object`. */
const MARK = "$";

/**
 * The value in a form that JSON keeps exactly: maps, sets, `undefined`, bigints, infinite numbers, NaN and -0 come back as they were, and so do objects with any keys.
 * A value that has this form already is not copied.
 *
 * @throws TypeError for functions, symbols and objects of a class
 */
export function toPlain(value: unknown): Plain {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? "-0" : String(value) };
    case "undefined":
      return { $undefined: true };
    case "bigint":
      return { $bigint: value.toString() };
    case "object":
      return value === null ? null : objectToPlain(value);
    case "function":
    case "symbol":
      throw new TypeError(`record: cannot hold a ${typeof value}`);
  }
}

function objectToPlain(value: object): Plain {
  if (Array.isArray(value)) return listToPlain(value);
  if (value instanceof Map) return { $map: [...value].map(([key, one]) => [toPlain(key), toPlain(one)]) };
  if (value instanceof Set) return { $set: [...value].map(toPlain) };
  if (!isPlainObject(value)) throw new TypeError(`record: cannot hold an object of ${value.constructor.name}`);
  const keys = Object.keys(value);
  const plains = keys.map((key) => toPlain(value[key]));
  if (keys.some((key) => key.startsWith(MARK))) return { $object: entriesOf(keys, plains) };
  // Most objects hold texts and numbers only: then there is nothing to copy.
  return isPlainAlready(value, keys, plains) ? value : Object.fromEntries(entriesOf(keys, plains));
}

function isPlainAlready(
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  plains: readonly Plain[],
): value is { readonly [key: string]: Plain } {
  return keys.every((key, position) => Object.is(value[key], plains[position]));
}

function entriesOf(keys: readonly string[], plains: readonly Plain[]): (readonly [string, Plain])[] {
  return keys.map((key, position) => [key, plains[position] ?? null]);
}

function listToPlain(list: readonly unknown[]): readonly Plain[] {
  const plains = list.map(toPlain);
  return isPlainList(list, plains) ? list : plains;
}

function isPlainList(list: readonly unknown[], plains: readonly Plain[]): list is readonly Plain[] {
  return list.every((one, position) => Object.is(one, plains[position]));
}

/**
 * The value that {@link toPlain} was given.
 *
 * @throws TypeError when no value has this form
 */
export function fromPlain(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(fromPlain);
  if (typeof plain !== "object" || plain === null) return plain;
  const entries = Object.entries(plain);
  const [first] = entries;
  return first?.[0].startsWith(MARK) ? marked(first[0], first[1]) : Object.fromEntries(entries.map(([key, one]) => [key, fromPlain(one)]));
}

function marked(mark: string, content: unknown): unknown {
  switch (mark) {
    case "$number":
      return Number(content);
    case "$undefined":
      return undefined;
    case "$bigint":
      return BigInt(String(content));
    case "$map":
      return new Map(pairs(content).map(([key, one]) => [fromPlain(key), fromPlain(one)]));
    case "$set":
      return new Set(listOf(content).map(fromPlain));
    case "$object":
      return Object.fromEntries(pairs(content).map(([key, one]) => [String(key), fromPlain(one)]));
    default:
      throw new TypeError(`record: has the mark "${mark}", which this version does not know`);
  }
}

function pairs(content: unknown): (readonly [unknown, unknown])[] {
  return listOf(content).map((pair) => {
    const [key, value] = listOf(pair);
    return [key, value];
  });
}

/** @throws TypeError when it is no list */
export function listOf(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content;
  throw new TypeError("record: has something else where a list belongs");
}

/** An object of no class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
