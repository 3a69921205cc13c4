import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../components/plan/kubernetes/kubernetesObject";
import { parseKubernetesClusterSpec } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planKubernetesCluster } from "../../../../components/plan/kubernetes/planKubernetesCluster";
import { kueueApiVersion } from "../../../../components/plan/kubernetes/planKueue";
import { planNetworkPolicies } from "../../../../components/plan/kubernetes/planNetworkPolicies";
import { planRayCluster } from "../../../../components/plan/kubernetes/planRayCluster";
import { planClusterJobs } from "../../../../components/plan/kubernetes/planRayJob";
import { planRayObject } from "../../../../components/plan/kubernetes/planRayObject";
import { formatSpecProblem } from "../../../../components/plan/specProblem";
import type { RayClusterSpec } from "../../../../contract/kuberay/rayClusterSpec";
import type { RayJob } from "../../../../contract/kuberay/rayJob";
import type { RayService } from "../../../../contract/kuberay/rayService";
import type { KubernetesClusterSpec, KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";

type Input = Partial<KubernetesClusterSpecInput>;

const group = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 };
const fixed: Input = { autoscaler: "none", workerGroups: [{ ...group, replicas: 2 }] };
const entrypoint = "python a.py";
const rayService = { serveConfig: { applications: [] } };
const rayCronJob = { schedule: "@daily", job: { entrypoint } };
const cronGate = { featureGates: { RayCronJob: true } };

function parse(input: Input) {
  return parseKubernetesClusterSpec({ platform: "kubernetes", workerGroups: [group], ...input }, { stackName: "demo" });
}

function specOf(input: Input): KubernetesClusterSpec {
  const parsed = parse(input);
  if ("ok" in parsed) return parsed.ok;
  throw new Error(parsed.problems.map(formatSpecProblem).join("\n"));
}

function problemsOf(input: Input): readonly string[] {
  const parsed = parse(input);
  return "problems" in parsed ? parsed.problems.map(formatSpecProblem) : [];
}

const jobOf = (input: Input) => planRayObject(specOf(input)) as RayJob;
const serviceOf = (input: Input) => planRayObject(specOf(input)) as RayService;

describe("planRayObject", () => {
  it("makes a RayCluster unless a job or a service is named", () => {
    expect(planRayObject(specOf({})).kind).toBe("RayCluster");
    expect(planRayObject(specOf({ rayJob: { entrypoint } })).kind).toBe("RayJob");
    expect(planRayObject(specOf({ rayService })).kind).toBe("RayService");
    expect(planRayObject(specOf({ rayCronJob, operator: cronGate })).kind).toBe("RayCronJob");
  });

  it("ends a job's cluster with the job, unless the user says what goes when", () => {
    expect(jobOf({ rayJob: { entrypoint } }).spec).toMatchObject({ shutdownAfterJobFinishes: true });
    expect(jobOf({ rayJob: { entrypoint, shutdownAfterJobFinishes: false } }).spec).toMatchObject({ shutdownAfterJobFinishes: false });
    const deletionStrategy = { deletionRules: [{ policy: "DeleteSelf" as const, condition: { jobStatus: "SUCCEEDED" as const } }] };
    const { spec } = jobOf({ rayJob: { entrypoint, deletionStrategy } });
    expect(spec).not.toHaveProperty("shutdownAfterJobFinishes");
    expect(spec.deletionStrategy).toEqual(deletionStrategy);
  });

  it("writes maps as text that says the same whatever the order of their keys", () => {
    const text = (runtimeEnv: Record<string, unknown>) => jobOf({ rayJob: { entrypoint, runtimeEnv } }).spec.runtimeEnvYAML ?? "";
    const environment = { env_vars: { B: "2", A: "1" }, pip: ["z", "a"] };
    expect(JSON.parse(text(environment))).toEqual(environment);
    expect(text({ pip: ["z", "a"], env_vars: { A: "1", B: "2" } })).toBe(text(environment));
    const { spec } = jobOf({ rayJob: { entrypoint, entrypointResources: { licence: 1 } } });
    expect(JSON.parse(spec.entrypointResources ?? "")).toEqual({ licence: 1 });
    expect(spec).not.toHaveProperty("runtimeEnvYAML");
    expect(serviceOf({ rayService: { serveConfig: "applications: []" } }).spec.serveConfigV2).toBe("applications: []");
    expect(JSON.parse(serviceOf({ rayService }).spec.serveConfigV2 ?? "")).toEqual({ applications: [] });
  });

  it("gives the submitting pod nothing that it does not need, and none where nobody submits", () => {
    const { submitterPodTemplate: template } = jobOf({ rayJob: { entrypoint } }).spec;
    expect(template?.spec).toMatchObject({ restartPolicy: "Never", automountServiceAccountToken: false });
    expect(template?.spec?.containers).toMatchObject([{ image: "rayproject/ray:2.60.0-py311", resources: { requests: { cpu: "500m" } } }]);
    expect(template?.spec?.containers[0]).not.toHaveProperty("command");
    expect(jobOf({ rayJob: { entrypoint, submissionMode: "HTTPMode" } }).spec).not.toHaveProperty("submitterPodTemplate");
  });

  it("says nothing of suspend unless it is to hold the job", () => {
    expect(jobOf({ rayJob: { entrypoint } }).spec).not.toHaveProperty("suspend");
    expect(jobOf({ rayJob: { entrypoint, suspend: true } }).spec).toMatchObject({ suspend: true });
    expect(jobOf({ ...fixed, rayJob: { entrypoint }, kueue: { queueName: "team" } }).spec).not.toHaveProperty("suspend");
  });

  it("names the queue on what the operator hands labels on from", () => {
    const labels = { "kueue.x-k8s.io/queue-name": "team" };
    expect(jobOf({ ...fixed, rayJob: { entrypoint }, kueue: { queueName: "team" } }).metadata.labels).toMatchObject(labels);
    expect(serviceOf({ ...fixed, rayService, kueue: { queueName: "team" } }).metadata.labels).toMatchObject(labels);
    const batch: Input = { operator: { batchScheduler: "volcano" }, batchQueueName: "q", batchPriorityClassName: "high" };
    expect(jobOf({ rayJob: { entrypoint }, ...batch }).metadata.labels).toMatchObject({
      "volcano.sh/queue-name": "q",
      "ray.io/priority-class-name": "high",
    });
  });

  it("mounts what the user has where it is to be", () => {
    const volumes = [
      { name: "code", mountPath: "/code", configMapName: "code" },
      { name: "key", mountPath: "/key", secretName: "key", subPath: "id" },
      { name: "data", mountPath: "/data", claimName: "data", readOnly: true },
    ];
    const pod = planRayCluster(specOf({ head: { volumes } })).spec.headGroupSpec.template.spec;
    expect(pod?.volumes?.slice(0, 3)).toEqual([
      { name: "code", configMap: { name: "code" } },
      { name: "key", secret: { secretName: "key" } },
      { name: "data", persistentVolumeClaim: { claimName: "data" } },
    ]);
    expect(pod?.containers[0]?.volumeMounts).toEqual([
      { name: "code", mountPath: "/code" },
      { name: "key", mountPath: "/key", subPath: "id" },
      { name: "data", mountPath: "/data", readOnly: true },
    ]);
  });

  it("puts jobs on the standing cluster by its name, after it", () => {
    const spec = specOf({ clusterJobs: [{ name: "load", entrypoint }] });
    expect(planClusterJobs(spec)).toMatchObject([
      { metadata: { name: "demo-load" }, spec: { clusterSelector: { "ray.io/cluster": "demo" }, entrypoint } },
    ]);
    const names = planKubernetesCluster(spec).objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(names.slice(-2)).toEqual(["RayCluster demo", "RayJob demo-load"]);
  });
});

describe("pods of a cluster that the operator names itself", () => {
  const kinds: readonly [string, Input, (object: never) => RayClusterSpec | undefined][] = [
    ["rayJob", { rayJob: { entrypoint } }, ({ spec }: RayJob) => spec.rayClusterSpec],
    ["rayService", { rayService }, ({ spec }: RayService) => spec.rayClusterConfig],
  ];

  it.each(kinds)("are found by policies and budgets with %s", (_, input, clusterOf) => {
    const spec = specOf({ ...input, podDisruptionBudget: { maxUnavailableWorkers: 1 } });
    const { headGroupSpec, workerGroupSpecs = [] } = clusterOf(planRayObject(spec) as never) ?? {};
    const own = { "app.kubernetes.io/part-of": "demo" };
    expect([headGroupSpec, ...workerGroupSpecs].map((one) => one?.template.metadata?.labels)).toEqual([own, own]);
    const selected = planKubernetesCluster(spec)
      .objects.filter(({ kind }) => ["NetworkPolicy", "PodDisruptionBudget"].includes(kind))
      .map((object: KubernetesObject) => JSON.stringify(object));
    expect(selected).toHaveLength(4);
    for (const text of selected) expect(text).not.toContain("ray.io/cluster");
  });

  it("are reached by requests on every node where they serve", () => {
    const networkPolicy = { users: [{ namespace: "web" }] };
    const reached = (input: Input) => JSON.stringify(planNetworkPolicies(specOf({ ...input, networkPolicy })).at(-1)?.spec.ingress);
    expect(reached({ rayService })).toContain('"port":8000');
    expect(reached({})).not.toContain('"port":8000');
  });

  it("let in the pods that submit to a standing cluster, and only where there are such jobs", () => {
    const head = (input: Input) => JSON.stringify(planNetworkPolicies(specOf(input))[0]?.spec.ingress);
    const of = (submissionMode: "HTTPMode" | "K8sJobMode") => head({ clusterJobs: [{ name: "a", entrypoint, submissionMode }] });
    expect(of("K8sJobMode")).toContain("ray-job-submitter");
    expect(of("HTTPMode")).not.toContain("ray-job-submitter");
  });
});

describe("what the rules about KubeRay's objects say of a stack file", () => {
  const manyGroups = Array.from({ length: 17 }, (_, index) => ({ ...group, groupName: `g${index}`, replicas: 1 }));

  it.each<[Input, string]>([
    [
      { rayJob: { entrypoint, activeDeadlineSeconds: 0 } },
      "rayJob.activeDeadlineSeconds: is too small; got 0; expected 1 or more seconds.",
    ],
    [
      { rayJob: { entrypoint, preRunningDeadlineSeconds: 60 }, operator: { version: "1.5.2" } },
      "rayJob.preRunningDeadlineSeconds: is not known to KubeRay 1.5.2;",
    ],
    [{ rayJob: { entrypoint, shutdownAfterJobFinishes: false, ttlSecondsAfterFinished: 9 } }, "rayJob.ttlSecondsAfterFinished: needs"],
    [{ name: "a".repeat(48), rayJob: { entrypoint } }, "name: "],
    [{ rayCronJob }, "rayCronJob: needs the operator's feature gate RayCronJob"],
    [{ rayCronJob: { ...rayCronJob, schedule: "61 * * * *" }, operator: cronGate }, "rayCronJob.schedule: is no schedule"],
    [
      { rayCronJob: { ...rayCronJob, job: { entrypoint, backoffLimit: -1 } }, operator: cronGate },
      "rayCronJob.job.backoffLimit: is too small",
    ],
    [{ rayService: { ...rayService, suspend: true }, operator: { version: "1.6.2" } }, "rayService.suspend: is not known to KubeRay 1.6.2"],
    [
      { ...fixed, rayService: { ...rayService, upgradeStrategy: { type: "NewClusterWithIncrementalUpgrade" } } },
      "autoscaler: is needed by NewClusterWithIncrementalUpgrade",
    ],
    [
      { rayService: { ...rayService, upgradeStrategy: { type: "NewClusterWithIncrementalUpgrade" } } },
      "rayService.upgradeStrategy.clusterUpgradeOptions: is missing",
    ],
    [
      { clusterJobs: [{ name: "a", entrypoint, submissionMode: "SidecarMode" }] },
      "clusterJobs[0].submissionMode: needs a cluster of its own",
    ],
    [{ clusterJobs: [{ name: "a".repeat(46), entrypoint }] }, "clusterJobs[0].name: "],
    [
      { ...fixed, rayJob: { entrypoint, shutdownAfterJobFinishes: false }, kueue: { queueName: "team" } },
      "rayJob.shutdownAfterJobFinishes: is needed by a queued job",
    ],
    [
      {
        autoscaler: "none",
        workerGroups: [{ ...group, groupName: "head", replicas: 1 }],
        rayJob: { entrypoint },
        kueue: { queueName: "t" },
      },
      "workerGroups[0].groupName: is",
    ],
    [
      { autoscaler: "none", workerGroups: manyGroups, rayJob: { entrypoint }, kueue: { queueName: "team" } },
      "workerGroups: makes too many sets of pods for Kueue; got 19 with the head",
    ],
  ])("is said in its own words: %j", (input, says) => {
    expect(problemsOf(input).join("\n")).toContain(says);
    expect(problemsOf(input).join("\n")).not.toMatch(/^Ray\w+\./m);
  });
});

describe("Kueue's own objects", () => {
  const flavors = [{ name: "a", resources: { memory: { nominalQuota: "80Gi" }, cpu: { nominalQuota: 20 } } }];
  const objects = (version: string) => {
    const clusterQueues = [{ name: "team", cohortName: "all", resourceGroups: [{ flavors }] }];
    const spec = specOf({ ...fixed, rayJob: { entrypoint }, kueue: { queueName: "team", version, clusterQueues } });
    return planKubernetesCluster(spec).objects.find(({ kind }) => kind === "ClusterQueue");
  };

  it("are in the words of the release", () => {
    expect([kueueApiVersion("0.14.4"), kueueApiVersion("0.15.0")]).toEqual(["kueue.x-k8s.io/v1beta1", "kueue.x-k8s.io/v1beta2"]);
    expect(objects("0.14.4")).toMatchObject({ spec: { cohort: "all", flavorFungibility: { whenCanBorrow: "Borrow" } } });
    expect(objects("0.19.2")).toMatchObject({ spec: { cohortName: "all", flavorFungibility: { whenCanBorrow: "MayStopSearch" } } });
  });

  it("list the resources of each flavor in one order, as text", () => {
    expect(objects("0.19.2")).toMatchObject({
      spec: {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ray" } },
        resourceGroups: [
          {
            coveredResources: ["cpu", "memory"],
            flavors: [
              {
                name: "a",
                resources: [
                  { name: "cpu", nominalQuota: "20" },
                  { name: "memory", nominalQuota: "80Gi" },
                ],
              },
            ],
          },
        ],
      },
    });
  });
});
