import type { SpecShapeIssue } from "../../contract/clusterSpec";
import type { SpecPath } from "./specProblem";
import type { SpecSchema } from "./specSchema";
import { valueAt } from "./specShape";

/**
 * What can be read of a specification that may have problems of shape: the bad parts are taken out, so that the rules can look at the rest.
 * The rules see it as a whole one; positions in its lists can differ from the user's.
 */
export interface SpecDraft<Draft> {
  readonly spec: Draft;
  /** What the user wrote, bad parts taken out and no default filled in. */
  readonly written: unknown;
  /** Turns a path in the draft into the user's. */
  readonly toWrittenPath: (path: SpecPath) => SpecPath;
}

/** For each list, where its remaining entries stood at first. */
type Origins = Map<readonly unknown[], number[]>;

function copy(value: unknown, origins: Origins): unknown {
  if (Array.isArray(value)) {
    const list = value.map((entry) => copy(entry, origins));
    origins.set(
      list,
      list.map((_, index) => index),
    );
    return list;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copy(entry, origins)]));
  }
  return value;
}

function remove(root: unknown, path: SpecPath, origins: Origins): void {
  const parent = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (Array.isArray(parent) && typeof last === "number") {
    parent.splice(last, 1);
    origins.get(parent)?.splice(last, 1);
  } else if (typeof parent === "object" && parent !== null && last !== undefined) {
    delete (parent as Record<string | number, unknown>)[last];
  }
}

/** What to take out for an issue: the value itself, or, when it is missing, what it is missing from. */
function removals(issue: SpecShapeIssue, root: unknown): readonly SpecPath[] {
  const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => [...path, key]);
  }
  return [valueAt(root, path) === undefined ? path.slice(0, -1) : path];
}

/** Deeper before shallower and, in a list, later before earlier, so that no removal shifts another. */
function byRemovalOrder(left: SpecPath, right: SpecPath): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  const [first, second] = [left[at], right[at]];
  if (left.length !== right.length || first === undefined || second === undefined) {
    return right.length - left.length;
  }
  return typeof first === "number" && typeof second === "number" ? second - first : String(first).localeCompare(String(second), "en");
}

function distinct(paths: readonly SpecPath[]): readonly SpecPath[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()];
}

function toWrittenPath(root: unknown, path: SpecPath, origins: Origins): SpecPath {
  return path.map((part, index) => {
    const list = valueAt(root, path.slice(0, index));
    return Array.isArray(list) && typeof part === "number" ? (origins.get(list)?.[part] ?? part) : part;
  });
}

/** Rounds of taking out: a part that lacks something goes in a later round than what was wrong inside it. */
const mostRounds = 16;

/**
 * Reads what can be read; undefined when the whole is no mapping.
 *
 * @param schema one that needs nothing at the top: the empty mapping is a draft too
 */
export function draftSpec<Draft>(written: unknown, schema: SpecSchema<Draft>): SpecDraft<Draft> | undefined {
  const origins: Origins = new Map();
  const root = copy(written, origins);
  for (let round = 0; round < mostRounds; round++) {
    const result = schema.safeParse(root);
    if (result.success) {
      return { spec: result.data, written: root, toWrittenPath: (path) => toWrittenPath(root, path, origins) };
    }
    const paths = distinct(result.error.issues.flatMap((issue) => removals(issue, root)));
    if (paths.some((path) => path.length === 0)) {
      return undefined;
    }
    for (const path of [...paths].sort(byRemovalOrder)) {
      remove(root, path, origins);
    }
  }
  return undefined;
}
