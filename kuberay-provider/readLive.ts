import type { Properties } from "../pulumi-protocol/properties";
import type { RayObject } from "./rayObject";
import { replicasAreScaled } from "./scaledReplicas";

type Manifest = Pick<RayObject, "apiVersion" | "kind" | "metadata" | "spec">;

/**
 * What is declared, with the values that are there: so that a refresh shows what others changed, and not what the server filled in or an autoscaler owns.
 *
 * Worker groups are found by name. One that is there and not declared is not in it: it leaves (`AppliedObject.leaving`).
 */
export function readLive(declared: Manifest, live: RayObject): Manifest {
  const { apiVersion, kind, metadata, spec } = live;
  const there = { apiVersion, kind, metadata, spec } as Properties;
  return overlay(declared, there, replicasAreScaled(declared)) as Manifest;
}

/** An object that no program has declared yet, as a program would. */
export function importLive({ apiVersion, kind, metadata: { name, namespace, labels, annotations }, spec }: RayObject): Manifest {
  const own = { name, namespace, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) };
  const manifest = { apiVersion, kind, metadata: own, spec };
  if (!replicasAreScaled(manifest) || !Array.isArray(spec["workerGroupSpecs"])) return manifest;
  const groups = (spec["workerGroupSpecs"] as Properties[]).map(({ replicas: _, scaleStrategy: __, ...group }) => group);
  return { ...manifest, spec: { ...spec, workerGroupSpecs: groups } };
}

const isMap = (value: unknown): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);

function overlay(declared: unknown, live: unknown, scaled: boolean): unknown {
  if (isMap(declared) && isMap(live)) {
    const entries = Object.entries(declared).map(([key, value]) => [key, under(key, value, live[key], scaled)] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }
  if (!Array.isArray(declared) || !Array.isArray(live)) return live;
  const named = declared.every(isNamed);
  const known = declared.map((item: unknown, index) => overlay(item, named ? namedAs(item, live) : live[index], scaled));
  const added = named ? live.filter((other: unknown) => namedAs(other, declared) === undefined) : live.slice(declared.length);
  return [...known.filter((item) => item !== undefined), ...(added as unknown[])];
}

function under(key: string, declared: unknown, live: unknown, scaled: boolean): unknown {
  if (key !== "workerGroupSpecs" || !Array.isArray(declared) || !Array.isArray(live)) return overlay(declared, live, scaled);
  return declared.flatMap((group: unknown) => {
    const there = (live as unknown[]).find((other) => isMap(other) && isMap(group) && other["groupName"] === group["groupName"]);
    if (!isMap(there) || !isMap(group)) return [];
    const { replicas, scaleStrategy } = group;
    return [overlay(group, scaled ? { ...there, replicas, scaleStrategy } : there, scaled)];
  });
}

function isNamed(item: unknown): item is { readonly name: string } {
  return isMap(item) && typeof item["name"] === "string";
}

function namedAs(item: unknown, others: readonly unknown[]): unknown {
  return isNamed(item) ? others.find((other) => isNamed(other) && other.name === item.name) : undefined;
}
