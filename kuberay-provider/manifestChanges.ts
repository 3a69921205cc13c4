import { formatSpecPath, type SpecPath } from "../components/plan/specProblem";
import type { Properties } from "../pulumi-protocol/properties";
import type { RayObject } from "./rayObject";
import { replicasAreScaled } from "./scaledReplicas";

/** One difference between two manifests, as deep inside as it can be named. */
export interface ManifestChange {
  /** From the top of the manifest, in the new one's positions. */
  readonly keys: SpecPath;
  readonly kind: "add" | "update" | "delete";
}

/** Places at which a change makes another object. */
const IDENTITY: readonly string[] = ["apiVersion", "kind", "metadata.name", "metadata.namespace"];

/** What the operator acts on in a RayJob that it has taken on; whatever else changes, it disregards. */
const KEPT_JOB_KEYS: readonly (string | number | undefined)[] = [
  "suspend",
  "activeDeadlineSeconds",
  "preRunningDeadlineSeconds",
  "backoffLimit",
  "shutdownAfterJobFinishes",
  "ttlSecondsAfterFinished",
  "deletionStrategy",
];

function isDisregarded({ keys: [top, key] }: ManifestChange, { spec }: Pick<RayObject, "spec">): boolean {
  // A job that a person submits gets its id when that is done.
  const isHandedIn = key === "jobId" && spec["submissionMode"] === "InteractiveMode";
  return top === "spec" && !isHandedIn && !KEPT_JOB_KEYS.includes(key);
}

/** True when the change makes another object, or a RayJob anew, whose command then runs again. */
export function isReplacing(change: ManifestChange, next: Pick<RayObject, "kind" | "spec">): boolean {
  return IDENTITY.includes(formatSpecPath(change.keys)) || (next.kind === "RayJob" && isDisregarded(change, next));
}

/** True when the new object would meet the old one under its name. */
export function keepsIdentity(changes: readonly ManifestChange[]): boolean {
  return !changes.some(({ keys }) => IDENTITY.includes(formatSpecPath(keys)));
}

/**
 * Every difference between two manifests. Worker groups are compared by name, and what an autoscaler owns in them is not compared: it is never written.
 */
export function manifestChanges(previous: unknown, next: unknown): readonly ManifestChange[] {
  return collect(withoutScaling(previous), withoutScaling(next), []);
}

const isMap = (value: unknown): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);
const isAbsent = (value: unknown): boolean => value === undefined || value === null;

function withoutScaling(manifest: unknown): unknown {
  if (!isMap(manifest) || !isMap(manifest["spec"]) || !replicasAreScaled(manifest)) return manifest;
  const { workerGroupSpecs: groups, ...spec } = manifest["spec"];
  if (!Array.isArray(groups)) return manifest;
  const bare = groups.map((group: unknown) => {
    if (!isMap(group)) return group;
    const { replicas: _, scaleStrategy: __, ...rest } = group;
    return rest;
  });
  return { ...manifest, spec: { ...spec, workerGroupSpecs: bare } };
}

function collect(previous: unknown, next: unknown, keys: SpecPath): readonly ManifestChange[] {
  if (isAbsent(previous) && isAbsent(next)) return [];
  if (isAbsent(previous)) return [{ keys, kind: "add" }];
  if (isAbsent(next)) return [{ keys, kind: "delete" }];
  if (isMap(previous) && isMap(next)) {
    const names = [...new Set([...Object.keys(previous), ...Object.keys(next)])].sort();
    return names.flatMap((name) => collect(previous[name], next[name], [...keys, name]));
  }
  if (Array.isArray(previous) && Array.isArray(next)) return collectItems(previous, next, keys);
  return previous === next ? [] : [{ keys, kind: "update" }];
}

function collectItems(previous: readonly unknown[], next: readonly unknown[], keys: SpecPath): readonly ManifestChange[] {
  const byName = keys.at(-1) === "workerGroupSpecs";
  const partner = (item: unknown, index: number, others: readonly unknown[]) =>
    byName ? others.find((other) => groupNameOf(other) === groupNameOf(item)) : others[index];
  const gone = previous.flatMap((item, index) =>
    partner(item, index, next) === undefined ? [{ keys: [...keys, index], kind: "delete" } as const] : [],
  );
  return [...next.flatMap((item, index) => collect(partner(item, index, previous), item, [...keys, index])), ...gone];
}

function groupNameOf(group: unknown): unknown {
  return isMap(group) ? group["groupName"] : undefined;
}
