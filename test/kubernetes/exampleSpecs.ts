import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { type KubernetesClusterPlan, planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";

const folder = join(__dirname, "../../docs/examples/kubernetes");

/** Names of the stack files in docs/examples/kubernetes. */
export const exampleNames: readonly string[] = readdirSync(folder).map((file) => file.replace(/\.yaml$/, ""));

/** One of them, checked. */
export function exampleSpec(name: string): KubernetesClusterSpec {
  const { config } = parse(readFileSync(join(folder, `${name}.yaml`), "utf8")) as { config: Record<string, unknown> };
  const parsed = parseKubernetesClusterSpec(config["rayfleet:cluster"], { stackName: name });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

/** What is planned for it, with a program of the agent's that is none. */
export function plannedExample(name: string): KubernetesClusterPlan {
  return planKubernetesCluster(exampleSpec(name), { parts: ["H4sI", "AAAA"], hash: "0123456789" });
}
