import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { KubernetesConnection } from "../../../components/kubernetes/rayObject";
import { KubernetesRayCluster } from "../../../components/kubernetesRayCluster";
import { planRayCluster } from "../../../components/plan/kubernetes/planRayCluster";
import { parsePlatformSpec } from "../../../components/plan/platformSpecs";
import type { KubernetesClusterSpec, KubernetesClusterSpecInput } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { type DeployedResource, deploy, outputValue, registeredOutputs } from "../../support/pulumi";

const RAY_OBJECT = "rayfleet:kubernetes:RayObject";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const cpu = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 10 };

function specOf(input: Partial<KubernetesClusterSpecInput> = {}): KubernetesClusterSpec {
  const parsed = parsePlatformSpec({ platform: "kubernetes", workerGroups: [cpu], ...input }, { stackName: "demo" });
  if ("problems" in parsed || parsed.ok.platform !== "kubernetes") throw new Error(JSON.stringify(parsed));
  return parsed.ok;
}

const deployCluster = (spec: KubernetesClusterSpec, connection?: KubernetesConnection) =>
  deploy((options) => new KubernetesRayCluster("demo", { spec, connection }, options));

/** Names of what must be there before. */
async function waitsFor({ options }: DeployedResource): Promise<readonly string[]> {
  const all = (options.dependsOn ?? []) as readonly { readonly urn: Parameters<typeof outputValue<string>>[0] }[];
  const urns = await Promise.all(all.map(({ urn }) => outputValue(urn)));
  return urns.map((urn) => urn.split("$").at(-1) ?? "").sort();
}

describe("KubernetesRayCluster", () => {
  it("is made of all that is planned, below the component", async () => {
    const { resources } = await deployCluster(specOf());
    expect(resources.map(({ type, name }) => `${type} ${name}`)).toMatchInlineSnapshot(`
      [
        "rayfleet:index:KubernetesRayCluster demo",
        "kubernetes:core/v1:Namespace demo",
        "rayfleet:kubernetes:RayCrds demo",
        "kubernetes:helm.sh/v3:Release demo-operator",
        "kubernetes:core/v1:ServiceAccount demo-worker",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy demo-head",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy demo-worker",
        "kubernetes:policy/v1:PodDisruptionBudget demo-head",
        "rayfleet:kubernetes:RayObject demo",
      ]
    `);
    const outside = resources.filter(({ qualifiedType }) => !qualifiedType.startsWith("rayfleet:index:KubernetesRayCluster"));
    expect(outside).toEqual([]);
  });

  it("makes the RayCluster as it is planned, after everything that it needs, and the ingress after it", async () => {
    const ingress = {
      host: "ray.example.com",
      path: "/demo",
      controller: "nginx",
      controllerNamespace: "ingress",
      authentication: { externalAuthUrl: "https://a.example.com" },
    } as const;
    const spec = specOf({ ingress });
    const { one } = await deployCluster(spec);
    const ray = one(RAY_OBJECT);
    expect(ray.inputs).toMatchObject({ manifest: planRayCluster(spec), operatorVersion: "1.7.0", madeBefore: ["namespace", "operator"] });
    expect(await waitsFor(ray)).toEqual([
      "kubernetes:core/v1:Namespace::demo",
      "kubernetes:core/v1:ServiceAccount::demo-worker",
      "kubernetes:helm.sh/v3:Release::demo-operator",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::demo-head",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy::demo-worker",
      "kubernetes:policy/v1:PodDisruptionBudget::demo-head",
    ]);
    const way = one("kubernetes:networking.k8s.io/v1:Ingress");
    expect(await waitsFor(way)).toEqual(["rayfleet:kubernetes:RayObject::demo"]);
    expect(way.inputs).toMatchObject({ metadata: { annotations: { "pulumi.com/skipAwait": "true" } } });
  });

  it("makes what watches the cluster before the cluster, so that its first minutes are seen", async () => {
    const monitoring = { namespace: "monitoring", labels: { release: "prometheus" } };
    const { one, byType } = await deployCluster(specOf({ monitoring, networkPolicy: { scrapers: [{ namespace: "monitoring" }] } }));
    const watching = [
      "kubernetes:monitoring.coreos.com/v1:PodMonitor::demo-head",
      "kubernetes:monitoring.coreos.com/v1:PodMonitor::demo-worker",
      "kubernetes:monitoring.coreos.com/v1:PrometheusRule::demo-alerts",
      "kubernetes:core/v1:ConfigMap::demo-dashboards",
    ];
    expect(await waitsFor(one(RAY_OBJECT))).toEqual(expect.arrayContaining(watching));
    const [head] = byType("kubernetes:monitoring.coreos.com/v1:PodMonitor");
    expect(head?.inputs).toMatchObject({
      metadata: { namespace: "monitoring", labels: { release: "prometheus" } },
      spec: { selector: {} },
    });
  });

  it("installs the operator by the planned values, and no second one where one is there", async () => {
    const { one } = await deployCluster(specOf());
    expect(one(RELEASE).inputs).toMatchObject({
      chart: "kuberay-operator",
      version: "1.7.0",
      namespace: "ray",
      createNamespace: false,
      values: { singleNamespaceInstall: true, watchNamespace: ["ray"] },
    });
    const { byType, one: only } = await deployCluster(
      specOf({ operator: { install: false, namespace: "kuberay" }, createNamespace: false }),
    );
    expect([byType(RELEASE), byType("kubernetes:core/v1:Namespace")]).toEqual([[], []]);
    expect(only(RAY_OBJECT).inputs["madeBefore"]).toEqual([]);
  });

  it("brings the CRDs to the operator's release before it, by its own provider, unless they are there", async () => {
    const { one } = await deployCluster(specOf({ operator: { version: "1.6.2", crds: { source: "./mirror" } } }), { context: "staging" });
    expect(one("rayfleet:kubernetes:RayCrds").inputs).toMatchObject({ operatorVersion: "1.6.2", source: "./mirror" });
    expect(one("rayfleet:kubernetes:RayCrds").provider).toContain("pulumi:providers:rayfleet::demo");
    expect(await waitsFor(one(RELEASE))).toContain("rayfleet:kubernetes:RayCrds::demo");
    expect(one(RELEASE).inputs).toMatchObject({ skipCrds: true });
    const { byType } = await deployCluster(specOf({ operator: { crds: { install: false } } }));
    expect(byType("rayfleet:kubernetes:RayCrds")).toEqual([]);
  });

  it("talks to the API server that it is told of", async () => {
    const { one } = await deployCluster(specOf(), { context: "staging" });
    expect(one("pulumi:providers:rayfleet").inputs).toMatchObject({ context: "staging" });
    expect(one(RAY_OBJECT).provider).toContain("pulumi:providers:rayfleet::demo");
    expect((await deployCluster(specOf())).byType("pulumi:providers:rayfleet")).toEqual([]);
  });

  it("tells what a person needs, and registers it", async () => {
    const { result } = await deployCluster(specOf());
    expect(await outputValue(result.workerGroups)).toEqual({ cpu: { minReplicas: 0, maxReplicas: 10 } });
    expect(registeredOutputs("rayfleet:index:KubernetesRayCluster", "demo")).toMatchObject({
      namespace: "ray",
      versions: { ray: "2.60.0", kubeRay: "1.7.0" },
      tokenSecretName: "demo",
    });
  });

  it("makes jobs on the cluster after it, and Kueue's objects and priority classes before", async () => {
    const kueue = {
      queueName: "team",
      localQueues: [{ name: "team", clusterQueue: "team" }],
      workloadPriorityClasses: [{ name: "high", value: 9 }],
    };
    const spec = specOf({
      autoscaler: "none",
      workerGroups: [{ ...cpu, replicas: 1 }],
      priorityClasses: [{ name: "heads", value: 1 }],
      clusterJobs: [{ name: "load", entrypoint: "a" }],
      kueue,
    });
    const { byType, one } = await deployCluster(spec);
    const [cluster, job] = byType(RAY_OBJECT);
    expect(job?.inputs).toMatchObject({ manifest: { kind: "RayJob", metadata: { name: "demo-load" } } });
    expect(job && (await waitsFor(job))).toEqual(["rayfleet:kubernetes:RayObject::demo"]);
    expect(cluster?.inputs["madeBefore"]).toEqual(["namespace", "operator", "queue"]);
    const before = cluster === undefined ? [] : await waitsFor(cluster);
    expect(before.filter((urn) => /kueue|scheduling/.test(urn))).toEqual([
      "kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue::team",
      "kubernetes:kueue.x-k8s.io/v1beta2:WorkloadPriorityClass::demo-high",
      "kubernetes:scheduling.k8s.io/v1:PriorityClass::demo-heads",
    ]);
    expect(one("kubernetes:scheduling.k8s.io/v1:PriorityClass").inputs).toMatchObject({ value: 1, globalDefault: false });
  });

  it("makes the cluster of a job, whose Secret nobody can name before", async () => {
    const { one } = await deployCluster(specOf({ rayJob: { entrypoint: "a" } }));
    expect(one(RAY_OBJECT).inputs).toMatchObject({ manifest: { kind: "RayJob" } });
    expect(registeredOutputs("rayfleet:index:KubernetesRayCluster", "demo")).not.toHaveProperty("tokenSecretName");
  });

  it("makes the agent after the cluster, and its Deployment after all that its pod mounts", async () => {
    const directory = mkdtempSync(join(tmpdir(), "agent-program-"));
    writeFileSync(join(directory, "agent.js.gz"), Buffer.alloc(200_000, 7));
    const spec = specOf({ autoscaler: "rayfleet" });
    try {
      const { resources, one } = await deploy((options) => new KubernetesRayCluster("demo", { spec, agentDirectory: directory }, options));
      expect(resources.filter(({ name }) => name.startsWith("demo-agent")).map(({ type }) => type.split("/").at(-1))).toEqual([
        "v1:NetworkPolicy",
        "v1:ServiceAccount",
        "v1:Role",
        "v1:RoleBinding",
        "v1:Lease",
        "v1:ConfigMap",
        "v1:ConfigMap",
        "v1:ConfigMap",
        "v1:Service",
        "v1:Deployment",
      ]);
      const before = await waitsFor(one("kubernetes:apps/v1:Deployment"));
      expect(before).toContain("rayfleet:kubernetes:RayObject::demo");
      expect(before.filter((urn) => urn.startsWith("kubernetes:core/v1:ConfigMap"))).toHaveLength(3);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("refuses an agent whose program is not built", async () => {
    const spec = specOf({ autoscaler: "rayfleet" });
    const args = { spec, agentDirectory: "/nowhere" };
    await expect(deploy((options) => new KubernetesRayCluster("demo", args, options))).rejects.toThrow(/^agent: has no program to run/);
  });
});
