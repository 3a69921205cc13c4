import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime";
import { nearestKey } from "./components/plan/nearestKey";
import { parseClusterSpec } from "./components/plan/parseClusterSpec";
import type { ParsedSpec, SpecContext } from "./components/plan/parseSpec";
import { type PlatformSpec, parsePlatformSpec } from "./components/plan/platformSpecs";
import { formatSpecProblem, quoteValue, type SpecProblem } from "./components/plan/specProblem";
import type { ClusterSpec } from "./contract/clusterSpec";

const namespace = "rayfleet";
const knownKeys: readonly string[] = ["cluster"];

/** Everything that is wrong with a stack's configuration, one problem a line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(
    stackName: string,
    readonly problems: readonly SpecProblem[],
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`${count} in the configuration of stack ${stackName}:`, ...problems.map(formatSpecProblem)].join("\n"));
  }
}

/** Keys of the namespace that nothing reads. */
function unknownKeys(): readonly SpecProblem[] {
  return Object.keys(allConfig())
    .filter((name) => name.startsWith(`${namespace}:`))
    .map((name) => name.slice(namespace.length + 1))
    .filter((key) => !knownKeys.includes(key))
    .map((key) => {
      const nearest = nearestKey(key, knownKeys);
      return {
        path: `${namespace}:${key}`,
        problem: "is not a known key",
        got: quoteValue(key),
        expected: `${namespace}:${nearest ?? knownKeys.join(", ")}`,
        fix: nearest === undefined ? "Remove it; everything stands under rayfleet:cluster." : `Rename it to ${namespace}:${nearest}.`,
      };
    });
}

const absent: SpecProblem = {
  path: "",
  problem: "is missing",
  got: "nothing",
  expected: "a cluster specification",
  fix: "Add rayfleet:cluster with a platform and one worker group; docs/configuration.md has every key.",
};

/** Values reach the program as text; objects as JSON. Text that is none is handed on as it is, for the shape check to name. */
function readCluster(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Reads and checks what stands under `rayfleet:cluster`. @throws ConfigError with every problem at once */
function load<Spec>(parse: (value: unknown, context: SpecContext) => ParsedSpec<Spec>): Spec {
  const stackName = pulumi.getStack();
  const text = new pulumi.Config(namespace).get("cluster");
  const parsed: ParsedSpec<Spec> = text === undefined ? { problems: [absent] } : parse(readCluster(text), { stackName });
  const problems = [...unknownKeys(), ...("problems" in parsed ? parsed.problems : [])];
  if ("ok" in parsed && problems.length === 0) {
    return parsed.ok;
  }
  throw new ConfigError(stackName, problems);
}

/**
 * Reads and checks the stack's configuration, for a program that is on AWS only.
 *
 * @throws ConfigError with every problem at once, before any resource is declared
 */
export function loadClusterSpec(): ClusterSpec {
  return load(parseClusterSpec);
}

/**
 * Reads and checks the stack's configuration, for whatever platform it names; this file is the only place that does.
 *
 * @throws ConfigError with every problem at once, before any resource is declared
 */
export function loadSpec(): PlatformSpec {
  return load(parsePlatformSpec);
}

/** What the Kubernetes provider is told of the API server, so that ours talks to the same one; undefined where neither is told anything. */
export function loadKubernetesConnection(): { readonly kubeconfig?: pulumi.Output<string>; readonly context?: string } | undefined {
  const config = new pulumi.Config("kubernetes");
  const kubeconfig = config.getSecret("kubeconfig");
  const context = config.get("context");
  if (kubeconfig === undefined && context === undefined) return undefined;
  return { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) };
}
