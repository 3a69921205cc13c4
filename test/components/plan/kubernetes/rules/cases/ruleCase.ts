import { parse } from "yaml";
import type { RuleContext } from "../../../../../../components/plan/kubernetes/rules/manifestRule";
import type { WrittenMetadata } from "../../../../../../contract/kuberay/kubernetes";
import type { HeadGroupSpec, RayClusterSpec, WorkerGroupSpec } from "../../../../../../contract/kuberay/rayClusterSpec";
import { aHeadGroup, aRayCluster, aWorkerGroup } from "../../../../../support/kubeRayManifests";

/** A manifest that a rule passes, and one that it and no other rule refuses. */
export interface RuleCase {
  readonly right: unknown;
  readonly wrong: unknown;
  /** Where both go. @default KubeRay 1.7.0 with its own gates and without Kueue and webhook */
  readonly context?: Partial<RuleContext>;
}

/** Cases by the rule's id. */
export type RuleCases = Readonly<Record<string, RuleCase>>;

export function aContext(parts: Partial<RuleContext> = {}): RuleContext {
  return { operatorVersion: "1.7.0", featureGates: {}, webhook: false, parseYaml: (text) => parse(text) as unknown, ...parts };
}

/** A context with gates on. */
export function gatesOn(...names: readonly string[]): Partial<RuleContext> {
  return { featureGates: Object.fromEntries(names.map((name) => [name, true])) };
}

/** Wrong values are often of a wrong type too: the builders take any. */
export type Parts<T> = { readonly [Key in keyof T]?: unknown } & Readonly<Record<string, unknown>>;

export function cluster(parts: Parts<RayClusterSpec>, metadata: WrittenMetadata = {}): unknown {
  return aRayCluster(parts as Partial<RayClusterSpec>, metadata);
}

export function head(parts: Parts<HeadGroupSpec>): HeadGroupSpec {
  return aHeadGroup(parts as Partial<HeadGroupSpec>);
}

export function group(parts: Parts<WorkerGroupSpec>): WorkerGroupSpec {
  return aWorkerGroup(parts as Partial<WorkerGroupSpec>);
}

/** A cluster with one group. */
export function withGroup(parts: Parts<WorkerGroupSpec>, spec: Parts<RayClusterSpec> = {}): unknown {
  return cluster({ workerGroupSpecs: [group(parts)], ...spec });
}

export function withHead(parts: Parts<HeadGroupSpec>, spec: Parts<RayClusterSpec> = {}, metadata: WrittenMetadata = {}): unknown {
  return cluster({ headGroupSpec: head(parts), ...spec }, metadata);
}

/** A template whose pod has one container. */
export function template(pod: Readonly<Record<string, unknown>>, container: Readonly<Record<string, unknown>> = {}): unknown {
  return { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0", ...container }], ...pod } };
}

/** A cluster whose head's container sets variables. */
export function withHeadEnv(env: readonly string[], spec: Parts<RayClusterSpec> = {}, metadata: WrittenMetadata = {}): unknown {
  const variables = env.map((one) => ({ name: one.split("=")[0], value: one.split("=")[1] ?? "x" }));
  return withHead({ template: template({}, { env: variables }) }, spec, metadata);
}

export const autoscaled = { enableInTreeAutoscaling: true } as const;
export const version2 = { ...autoscaled, autoscalerOptions: { version: "v2" } } as const;
