import { describe, expect, it } from "vitest";
import { kubernetesSpecForm } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planArgoCd } from "../../../../components/plan/kubernetes/planArgoCd";
import { planKubernetesCluster } from "../../../../components/plan/kubernetes/planKubernetesCluster";
import { parseSpec } from "../../../../components/plan/parseSpec";
import { formatSpecProblem } from "../../../../components/plan/specProblem";
import type { KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";

type Input = Partial<KubernetesClusterSpecInput>;

const group = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 };
const where = { repoUrl: "https://git.example.com/ray.git", path: "demo/manifests", revision: "main" };
const argoCd = { ...where, project: "ml", argoCdNamespace: "argocd", destinationName: "gpu-cluster" };

function applicationsOf(input: Input = {}) {
  const parsed = parseSpec(kubernetesSpecForm, { platform: "kubernetes", workerGroups: [group], ...input }, { stackName: "demo" });
  if ("problems" in parsed) throw new Error(parsed.problems.map(formatSpecProblem).join("\n"));
  const program = { parts: ["QQ=="], hash: "0123abcd" };
  return planArgoCd(parsed.ok, planKubernetesCluster(parsed.ok, program), argoCd);
}

const ignoredOf = (input: Input) => applicationsOf(input).at(-1)?.spec.ignoreDifferences;
const fixed: Input = { autoscaler: "none", workerGroups: [{ ...group, replicas: 2 }] };

describe("planArgoCd", () => {
  it("brings KubeRay's CRDs, its operator and the cluster, in this order", () => {
    const applications = applicationsOf({ operator: { version: "1.6.2", namespace: "kuberay" } });
    expect(applications.map(({ metadata, spec }) => [metadata.namespace, metadata.name, metadata.annotations, spec.destination])).toEqual([
      ["argocd", "kuberay-crds", { "argocd.argoproj.io/sync-wave": "0" }, { name: "gpu-cluster", namespace: "default" }],
      ["argocd", "demo-operator", { "argocd.argoproj.io/sync-wave": "1" }, { name: "gpu-cluster", namespace: "kuberay" }],
      ["argocd", "demo", { "argocd.argoproj.io/sync-wave": "2" }, { name: "gpu-cluster", namespace: "ray" }],
    ]);
    expect(applications.map(({ spec }) => spec.source)).toMatchObject([
      { targetRevision: "v1.6.2", path: "helm-chart/kuberay-operator/crds" },
      { targetRevision: "1.6.2", chart: "kuberay-operator", helm: { skipCrds: true, valuesObject: { watchNamespace: ["ray"] } } },
      { repoURL: "https://git.example.com/ray.git", targetRevision: "main", path: "demo/manifests" },
    ]);
  });

  it("never prunes the CRDs, with which every RayCluster would go, and writes none of them the way that is too small for them", () => {
    const [crds] = applicationsOf();
    expect(crds?.spec.syncPolicy).toMatchObject({ automated: { prune: false }, syncOptions: ["ServerSideApply=true"] });
  });

  it("says nothing of one cluster in what is for all of them", () => {
    const [crds] = applicationsOf({ objectLabels: { team: "a" } });
    expect(JSON.stringify(crds)).not.toContain("demo");
    expect(crds).toEqual(applicationsOf({ name: "other", namespace: "elsewhere" })[0]);
  });

  it("leaves the operator to who has it", () => {
    expect(applicationsOf({ operator: { install: false, namespace: "kuberay" } }).map(({ metadata }) => metadata.name)).toEqual(["demo"]);
  });

  it.each<[string, Input]>([
    ["Ray's autoscaler", {}],
    ["the agent", { autoscaler: "rayfleet" }],
  ])("leaves the groups of a cluster that %s sizes, and writes over no version but the one that it has read", (_who, input) => {
    const [ignored] = ignoredOf(input) ?? [];
    expect(ignored).toEqual({
      group: "ray.io",
      kind: "RayCluster",
      name: "demo",
      namespace: "ray",
      jsonPointers: ["/spec/workerGroupSpecs", "/metadata/resourceVersion"],
    });
    expect(applicationsOf(input).at(-1)?.spec.syncPolicy.syncOptions).toContain("RespectIgnoreDifferences=true");
  });

  it("lets Git decide everything where nobody else does", () => {
    expect(ignoredOf(fixed)).toBeUndefined();
    expect(applicationsOf(fixed).at(-1)?.spec.syncPolicy.syncOptions).toEqual(["ServerSideApply=true", "SkipDryRunOnMissingResource=true"]);
  });

  it("leaves to Kueue what it writes: whether the cluster is suspended, and where its pods go", () => {
    expect(ignoredOf({ ...fixed, kueue: { queueName: "team" } })?.[0]?.jsonPointers).toEqual([
      "/spec/workerGroupSpecs",
      "/metadata/resourceVersion",
      "/spec/suspend",
    ]);
  });

  it("lets Git decide about a service: its clusters are the operator's", () => {
    expect(ignoredOf({ rayService: { serveConfig: { applications: [] } } } as Input)).toBeUndefined();
  });
});
