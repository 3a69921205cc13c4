import { type RayKind, rayKinds } from "../../../../contract/kuberay/kubeRayFields";
import type { SpecPath, SpecProblem } from "../../specProblem";
import type { ManifestNode } from "./manifestNode";
import type { ClusterParts, RayManifest } from "./rayManifest";

/**
 * Who says no, if we do not. The API server and Kueue's webhook answer at once; the operator writes an event and stops, or, for what fails at pod creation, tries for ever;
 * nobody says anything.
 */
export type CaughtBy = "API server" | "Kueue" | "operator" | "pod creation" | "nobody";

/** What the rules must know of the place where the manifests will go. */
export interface RuleContext {
  /** Of the operator and its CRDs, such as `1.7.0`; taken for the newest where it cannot be read. */
  readonly operatorVersion: string;
  /** Feature gates that are not as the operator has them by default. */
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Whether Kueue is there; absent: not known. */
  readonly kueue?: boolean;
  /** Whether the operator's own webhook is on; the chart has none. */
  readonly webhook: boolean;
  /** Reads YAML. @throws where the text is none */
  parseYaml(text: string): unknown;
}

/** A problem found by a rule, at a place in the manifest. */
export interface FoundProblem extends Omit<SpecProblem, "path"> {
  readonly path: SpecPath;
}

/** One rule. */
export interface ManifestRule {
  readonly id: string;
  readonly kinds: readonly RayKind[];
  readonly caughtBy: CaughtBy;
  /** The operator's webhook refuses it at once, where it is on. */
  readonly webhook?: true;
  /** The release of KubeRay from which the operator looks. Absent: 1.5.0 or earlier. Before, nobody does. */
  readonly since?: "1.6.0" | "1.7.0";
  /** The rule, as a sentence for the table in the documentation. */
  readonly text: string;
  check(manifest: RayManifest, context: RuleContext): readonly FoundProblem[];
}

/** A rule about a RayClusterSpec, wherever it stands. */
export interface ClusterRule extends Omit<ManifestRule, "kinds" | "check"> {
  check(cluster: ClusterParts, context: RuleContext): readonly FoundProblem[];
}

/** A rule about a RayJobSpec, in a RayJob or a RayCronJob. */
export interface JobRule extends Omit<ManifestRule, "kinds" | "check"> {
  check(job: ManifestNode, manifest: RayManifest, context: RuleContext): readonly FoundProblem[];
}

/** Makes rules about clusters into rules about every kind that has one. */
export function forClusters(rules: readonly ClusterRule[]): readonly ManifestRule[] {
  return rules.map((rule) => ({
    ...rule,
    kinds: rayKinds,
    check: ({ cluster }, context) => (cluster === undefined ? [] : rule.check(cluster, context)),
  }));
}

/** Makes rules about jobs into rules about both kinds that have one. */
export function forJobs(rules: readonly JobRule[]): readonly ManifestRule[] {
  return rules.map((rule) => ({
    ...rule,
    kinds: ["RayJob", "RayCronJob"],
    check: (manifest, context) => rule.check(manifest.job, manifest, context),
  }));
}

/** What is wrong with a value, what is right, and what to do; `got` where the value itself does not say it. */
interface Verdict {
  readonly problem: string;
  readonly expected: string;
  readonly fix: string;
  readonly got?: string;
}

/** A problem at a node. */
export function problemAt(node: ManifestNode, { problem, expected, fix, got }: Verdict): FoundProblem {
  return { path: node.path, problem, got: got ?? node.quoted, expected, fix };
}

/** The same problem at each of the nodes. */
export function problemsAt(nodes: readonly ManifestNode[], verdict: Verdict): readonly FoundProblem[] {
  return nodes.map((node) => problemAt(node, verdict));
}

/** The environment variables of a container that have one of the names. Their values are never looked at in messages. */
export function envNamed(env: ManifestNode, ...names: readonly string[]): readonly ManifestNode[] {
  return env.items.map((item) => item.get("name")).filter((name) => names.includes(name.text));
}
