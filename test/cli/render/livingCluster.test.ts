import { describe, expect, it } from "vitest";
import { overLivingCluster } from "../../../cli/render/livingCluster";
import { parseKubernetesClusterSpec } from "../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { type KubernetesClusterPlan, planKubernetesCluster } from "../../../components/plan/kubernetes/planKubernetesCluster";

function planOf(autoscaler: "rayfleet" | "kuberay", maxReplicas: number): KubernetesClusterPlan {
  const workerGroups = [{ groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas }];
  const parsed = parseKubernetesClusterSpec({ platform: "kubernetes", autoscaler, workerGroups }, { stackName: "demo" });
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return planKubernetesCluster(parsed.ok, { parts: ["H4sI"], hash: "0" });
}

function groupsOver(autoscaler: "rayfleet" | "kuberay"): unknown {
  const [wide, narrow] = [planOf(autoscaler, 10), planOf(autoscaler, 3)];
  const isCluster = ({ kind }: { readonly kind: string }) => kind === "RayCluster";
  const found = structuredClone(wide.objects.find(isCluster)) as unknown as { metadata: object; spec: { workerGroupSpecs: object[] } };
  const living = {
    ...found,
    metadata: { ...found.metadata, resourceVersion: "7" },
    spec: { workerGroupSpecs: found.spec.workerGroupSpecs.map((group) => ({ ...group, replicas: 8 })) },
  };
  const plan = overLivingCluster(narrow, living as unknown as Parameters<typeof overLivingCluster>[1]);
  return (plan.objects.find(isCluster) as unknown as typeof found).spec.workerGroupSpecs;
}

describe("overLivingCluster", () => {
  it("keeps room for the replicas that are there where the agent sizes: the operator would end pods at once", () => {
    expect(groupsOver("rayfleet")).toMatchObject([{ replicas: 8, maxReplicas: 8 }]);
    expect(groupsOver("kuberay")).toMatchObject([{ replicas: 8, maxReplicas: 3 }]);
  });
});
