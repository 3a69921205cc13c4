import { isAsset } from "./asset";
import { formatPropertyPath, type PropertyPath, parsePropertyPath, pathsTouch } from "./propertyPath";
import type { Properties } from "./resourceType";

/** One difference between two sets of inputs, as deep inside as it can be named. Never holds the values: they may be secret. */
export interface PropertyChange {
  readonly path: string;
  readonly kind: "add" | "update" | "delete";
}

const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

/** JSON documents (policies) are the same when they say the same, however they are written. */
function parseDocument(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function isSame(left: unknown, right: unknown): boolean {
  if (isAbsent(left) || isAbsent(right)) return isAbsent(left) && isAbsent(right);
  if (isAsset(left) && isAsset(right)) return left.hash === right.hash;
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => isSame(item, right[index]));
  if (isObject(left) && isObject(right))
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => isSame(left[key], right[key]));
  return left === right;
}

/** True when two property values mean the same: absent is null, files are compared by content, JSON texts by what they say. */
export function sameProperty(left: unknown, right: unknown): boolean {
  return isSame(left, right) || isSame(parseDocument(left), parseDocument(right));
}

/** Every difference between two sets of inputs, sorted by path. Keys that start with `__` are Pulumi's own and do not count. */
export function diffProperties(previous: Properties, next: Properties): PropertyChange[] {
  return collect(previous, next, []).sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Where the changes are. */
export function pathsOf(changes: readonly PropertyChange[]): string[] {
  return changes.map((change) => change.path);
}

function collect(previous: unknown, next: unknown, path: PropertyPath): PropertyChange[] {
  if (path.length > 0 && sameProperty(previous, next)) return [];
  const at = formatPropertyPath(path);
  if (isAbsent(previous)) return [{ path: at, kind: "add" }];
  if (isAbsent(next)) return [{ path: at, kind: "delete" }];
  if (isAsset(previous) || isAsset(next)) return [{ path: at, kind: "update" }];
  if (isObject(previous) && isObject(next)) {
    const keys = [...new Set([...Object.keys(previous), ...Object.keys(next)])].filter((key) => !key.startsWith("__"));
    return keys.flatMap((key) => collect(previous[key], next[key], [...path, key]));
  }
  if (Array.isArray(previous) && Array.isArray(next)) {
    const length = Math.max(previous.length, next.length);
    return Array.from({ length }, (_, index) => index).flatMap((index) => collect(previous[index], next[index], [...path, index]));
  }
  return [{ path: at, kind: "update" }];
}

/** The changes that lie on or under one of the patterns (`cidrBlock`, `rules[*].port`). */
export function changesUnder(changes: readonly PropertyChange[], patterns: readonly string[]): PropertyChange[] {
  const parsed = patterns.map(parsePropertyPath);
  return changes.filter((change) => parsed.some((pattern) => pathsTouch(pattern, parsePropertyPath(change.path))));
}

/** `next`, with the value at each of the paths taken from `previous`: how a program says that somebody else owns a property. */
export function keepPrevious(previous: Properties, next: Properties, paths: readonly string[]): Properties {
  return paths.reduce<Properties>((kept, path) => keepAt(previous, kept, parsePropertyPath(path)) as Properties, next);
}

function keepAt(previous: unknown, next: unknown, path: PropertyPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return previous;
  if (Array.isArray(next)) return keepInList(previous, next, path);
  if (!isObject(next)) return next;
  const before = isObject(previous) ? previous : {};
  const steps = step === "*" ? [...new Set([...Object.keys(next), ...Object.keys(before)])] : [String(step)];
  const result = { ...next };
  for (const key of steps) {
    const value = keepAt(before[key], result[key], rest);
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return result;
}

function keepInList(previous: unknown, next: readonly unknown[], [step, ...rest]: PropertyPath): unknown {
  const before = Array.isArray(previous) ? (previous as unknown[]) : [];
  return next.map((item, index) => {
    const isMeant = (step === "*" || step === index) && index < before.length;
    return isMeant ? keepAt(before[index], item, rest) : item;
  });
}
