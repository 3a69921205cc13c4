import type { SpecShapeIssue } from "../../contract/clusterSpec";
import { nearestKey } from "./nearestKey";
import { describeSpecKey, type SpecKey, specKeyAt } from "./specKeys";
import { formatSpecPath, quoteValue, type SpecPath, type SpecProblem } from "./specProblem";

/** A problem of shape, and the keys about which nothing can be said because of it. */
export interface ShapeProblem extends SpecProblem {
  readonly doubtful: readonly SpecPath[];
}

/** What the words of a problem are taken from. */
export interface SpecWords {
  /** The whole specification. */
  readonly root: SpecKey;
  /** What others call a key → what it is called here; counts only where there is such a key. */
  readonly otherWords: Readonly<Record<string, string>>;
}

/** Words of Ray's own cluster file and of KubeRay for what is spelled otherwise here. */
export const raysWords: Readonly<Record<string, string>> = {
  min_workers: "minReplicas",
  max_workers: "maxReplicas",
  replicas: "minReplicas",
  idle_timeout_minutes: "idleTimeoutSeconds",
  idle_timeout_s: "idleTimeoutSeconds",
  name: "groupName",
  env: "environment",
  spot: "capacityType",
  provider: "platform",
  cluster_name: "name",
  available_node_types: "workerGroups",
  workerGroupSpecs: "workerGroups",
  object_store_memory: "objectStoreMemoryGiB",
};

/** The value at a path of what the user wrote; undefined when there is none. */
export function valueAt(value: unknown, path: SpecPath): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[part] : undefined),
    value,
  );
}

function segments(path: readonly PropertyKey[]): SpecPath {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

/** Keys under which a person may have written a secret itself instead of where it is kept. */
const placesOfSecrets: readonly (string | number)[] = ["secretEnvironment", "redisPasswordSecret", "runtimeEnv", "serveConfig"];

/** Environment values may be secret: their kind is told, never they themselves. */
function showValue(value: unknown, path: SpecPath): string {
  const inEnvironment = path.includes("environment") && path.at(-1) !== "environment";
  const secret = inEnvironment || path.some((part) => placesOfSecrets.includes(part));
  return secret ? (Array.isArray(value) ? "a list" : `a ${typeof value}`) : quoteValue(value);
}

function unknownKey(parent: SpecPath, key: string, { root, otherWords }: SpecWords): ShapeProblem {
  const path = [...parent, key];
  const known = Object.keys(specKeyAt(root, parent)?.properties ?? {});
  const otherWord = Object.hasOwn(otherWords, key) ? otherWords[key] : undefined;
  const nearest = otherWord !== undefined && known.includes(otherWord) ? otherWord : nearestKey(key, known);
  return {
    path: formatSpecPath(path),
    problem: "is not a known key",
    got: quoteValue(key),
    expected: nearest ?? `one of ${known.join(", ")}`,
    fix: nearest === undefined ? "Remove it." : `Rename it to ${nearest}.`,
    doubtful: nearest === undefined ? [path] : [path, [...parent, nearest]],
  };
}

function looksNumeric(value: unknown): boolean {
  return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value);
}

function wrongTypeFix(value: unknown, key: SpecKey): string {
  if (key.type === "string" && (typeof value === "number" || typeof value === "boolean")) {
    return "Put it in quotes.";
  }
  if ((key.type === "integer" || key.type === "number") && looksNumeric(value)) {
    return "Remove the quotes.";
  }
  if (key.type === "boolean" && (value === "true" || value === "false")) {
    return "Remove the quotes.";
  }
  return `Write ${describeSpecKey(key)}.`;
}

function wrongValueFix(value: unknown, key: SpecKey): string {
  const options = (key.enum ?? (key.const === undefined ? [] : [key.const])).map(String);
  if (typeof value === "number" && typeof key.enum?.[0] === "string") {
    return "Put it in quotes.";
  }
  if (key.enum?.some((option) => typeof option === "number") && options.includes(String(value))) {
    return "Remove the quotes.";
  }
  const nearest = typeof value === "string" ? nearestKey(value, options) : undefined;
  return nearest === undefined ? "Choose one that is allowed." : `Write ${nearest}.`;
}

interface Description {
  readonly problem: string;
  readonly fix: string;
}

/** How a value that is there can be wrong, by the schema's code; every other code is a matter of form. */
const describers: Readonly<Record<string, (value: unknown, key: SpecKey) => Description>> = {
  invalid_type: (value, key) => ({ problem: "is of the wrong kind", fix: wrongTypeFix(value, key) }),
  invalid_value: (value, key) => ({ problem: "is not one of the allowed values", fix: wrongValueFix(value, key) }),
  too_small: (value) =>
    typeof value === "number" ? { problem: "is too small", fix: "Raise it." } : { problem: "is too short", fix: "Add what is missing." },
  too_big: (value) =>
    typeof value === "number" ? { problem: "is too large", fix: "Lower it." } : { problem: "is too long", fix: "Remove some." },
};

/** Of several kinds of values the one that is of the written value's kind, and what is wrong with it there. */
function nearestKind(issue: SpecShapeIssue, value: unknown, key: SpecKey): { readonly issue: SpecShapeIssue; readonly key: SpecKey } {
  if (issue.code !== "invalid_union") return { issue, key };
  const kinds = (key.anyOf ?? []).flatMap((kind, index) => {
    const [first] = issue.errors[index] ?? [];
    return first === undefined ? [] : [{ issue: first, key: kind }];
  });
  const ofNumber = ({ key: { type } }: { key: SpecKey }) => type === "integer" || type === "number";
  return kinds.find((kind) => ofNumber(kind) === (typeof value === "number" || looksNumeric(value))) ?? { issue, key };
}

function describeIssue(issue: SpecShapeIssue, value: unknown, key: SpecKey): Description {
  const describer = describers[issue.code];
  return describer === undefined ? { problem: "does not have the right form", fix: "Write it in that form." } : describer(value, key);
}

function describeIn({ issue, key }: { readonly issue: SpecShapeIssue; readonly key: SpecKey }, value: unknown): Description {
  return describeIssue(issue, value, key);
}

function describeAbsence(value: unknown): Description {
  return value === undefined
    ? { problem: "is missing", fix: "Add it." }
    : { problem: "has no value", fix: "Give it one or remove the key." };
}

function badValue(issue: SpecShapeIssue, written: unknown, root: SpecKey): ShapeProblem {
  const path = segments(issue.path);
  const value = valueAt(written, path);
  const key = specKeyAt(root, path) ?? {};
  const short = key.type === "string" && issue.code === "too_small";
  const expected = short ? "some text" : describeSpecKey(key);
  const missing = value === undefined || value === null;
  const { problem, fix } = missing ? describeAbsence(value) : describeIn(nearestKind(issue, value, key), value);
  return {
    path: formatSpecPath(path),
    problem,
    got: missing ? "nothing" : showValue(value, path),
    expected,
    fix,
    doubtful: [path],
  };
}

function badKey(issue: SpecShapeIssue, root: SpecKey): ShapeProblem {
  const path = segments(issue.path);
  const names = specKeyAt(root, path.slice(0, -1))?.propertyNames ?? {};
  return {
    path: formatSpecPath(path),
    problem: "is not a usable name",
    got: quoteValue(path.at(-1)),
    expected: names.minLength !== undefined ? "some text" : describeSpecKey(names),
    fix: "Rename it.",
    doubtful: [path],
  };
}

/**
 * Puts what the schema found wrong into the user's words, with the nearest right key for an unknown one.
 *
 * A missing key is not reported beside the misspelt one that was meant for it.
 */
export function describeShapeIssues(issues: readonly SpecShapeIssue[], written: unknown, words: SpecWords): readonly ShapeProblem[] {
  const unknownKeys = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((key) => unknownKey(segments(issue.path), key, words)) : [],
  );
  const suggested = new Set(unknownKeys.flatMap((problem) => problem.doubtful.slice(1).map(formatSpecPath)));
  const others = issues
    .filter((issue) => issue.code !== "unrecognized_keys")
    .map((issue) => (issue.code === "invalid_key" ? badKey(issue, words.root) : badValue(issue, written, words.root)))
    .filter((problem) => !(problem.problem === "is missing" && suggested.has(problem.path)));
  return [...unknownKeys, ...others];
}
