import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../../components/plan/kubernetes/kubernetesObject";
import { kubernetesSpecForm } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planKubernetesCluster } from "../../../../components/plan/kubernetes/planKubernetesCluster";
import { planNetworkPolicies } from "../../../../components/plan/kubernetes/planNetworkPolicies";
import { planRayCluster } from "../../../../components/plan/kubernetes/planRayCluster";
import { checkManifests } from "../../../../components/plan/kubernetes/rules/checkManifests";
import { parseSpec } from "../../../../components/plan/parseSpec";
import { formatSpecProblem } from "../../../../components/plan/specProblem";
import type { KubernetesClusterSpec, KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";

type Input = Partial<KubernetesClusterSpecInput>;
type GroupInput = KubernetesClusterSpecInput["workerGroups"][number];

const cpu: GroupInput = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 };

/** Only the keys' own rules, without the last look at what was planned. */
const form = { ...kubernetesSpecForm, planProblems: () => [] };

function parse(input: Input) {
  return parseSpec(form, { platform: "kubernetes", workerGroups: [cpu], ...input }, { stackName: "demo" });
}

function specOf(input: Input = {}): KubernetesClusterSpec {
  const parsed = parse(input);
  if ("ok" in parsed) return parsed.ok;
  throw new Error(parsed.problems.map(formatSpecProblem).join("\n"));
}

function objectsOf(input: Input = {}): readonly KubernetesObject[] {
  return planKubernetesCluster(specOf(input)).objects;
}

const names = (objects: readonly KubernetesObject[]) => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

describe("planKubernetesCluster", () => {
  it("makes what pods need before the pods", () => {
    expect(names(objectsOf({ autoscaler: "rayfleet", agent: { image: "agent" } }))).toEqual([
      "Namespace ray",
      "ServiceAccount demo-head",
      "ServiceAccount demo-worker",
      "NetworkPolicy demo-head",
      "NetworkPolicy demo-worker",
      "NetworkPolicy demo-agent",
      "PodDisruptionBudget demo-head",
      "RayCluster demo",
      "ServiceAccount demo-agent",
      "Role demo-agent",
      "RoleBinding demo-agent",
      "Lease demo-agent",
      "ConfigMap demo-agent",
      "Service demo-agent",
      "Deployment demo-agent",
    ]);
  });

  it("makes no namespace, policy, budget or account that the user does not want", () => {
    const input: Input = {
      createNamespace: false,
      networkPolicy: { enabled: false },
      podDisruptionBudget: { head: false },
      workerGroups: [{ ...cpu, serviceAccountName: "mine" }],
    };
    expect(names(objectsOf(input))).toEqual(["RayCluster demo"]);
  });

  it("leaves the account of Ray's autoscaler to the operator, which would not make one that is named", () => {
    expect(planRayCluster(specOf()).spec.headGroupSpec.template.spec).not.toHaveProperty("serviceAccountName");
    expect(planRayCluster(specOf({ head: { serviceAccountName: "mine" } })).spec.headGroupSpec.template.spec?.serviceAccountName).toBe(
      "mine",
    );
  });

  it("plans no operator where one is there", () => {
    expect(planKubernetesCluster(specOf({ operator: { install: false, namespace: "kuberay" } })).operator).toBeUndefined();
  });

  it("puts the queue into the label of each scheduler", () => {
    const labels = (batchScheduler: "volcano" | "yunikorn" | "kai-scheduler") =>
      planRayCluster(specOf({ operator: { batchScheduler }, batchQueueName: "team" })).metadata.labels;
    expect(labels("volcano")).toMatchObject({ "volcano.sh/queue-name": "team" });
    expect(labels("yunikorn")).toMatchObject({ "yunikorn.apache.org/queue": "team", "yunikorn.apache.org/app-id": "demo" });
    expect(labels("kai-scheduler")).toMatchObject({ "kai.scheduler/queue": "team" });
  });

  it("hands a cluster to Kueue by label, and leaves suspending to it", () => {
    const { metadata, spec } = planRayCluster(
      specOf({
        autoscaler: "none",
        workerGroups: [{ ...cpu, replicas: 2 }],
        kueue: { queueName: "team", priorityClass: "high", maxExecTimeSeconds: 60 },
      }),
    );
    expect(metadata.labels).toMatchObject({
      "kueue.x-k8s.io/queue-name": "team",
      "kueue.x-k8s.io/priority-class": "high",
      "kueue.x-k8s.io/max-exec-time-seconds": "60",
    });
    expect(spec).not.toHaveProperty("suspend");
    expect(spec.workerGroupSpecs?.[0]).toMatchObject({ replicas: 2, minReplicas: 0, maxReplicas: 4 });
  });

  it("labels the operator's monitor by the key that its release reads", () => {
    const monitor = (version: string) =>
      planKubernetesCluster(specOf({ operator: { version, serviceMonitor: { enabled: true, labels: { a: "b" } } } })).operator?.values
        .metrics.serviceMonitor;
    expect(monitor("1.6.2")).toMatchObject({ selector: { a: "b" } });
    expect(monitor("1.7.0")).toMatchObject({ additionalLabels: { a: "b" } });
  });

  it("gives the chart every gate of the release, because its list replaces the chart's", () => {
    const gates = (version: string) =>
      planKubernetesCluster(specOf({ operator: { version, featureGates: { RayMultiHostIndexing: true } } })).operator?.values.featureGates;
    expect(gates("1.5.1")).toEqual([
      { name: "RayClusterStatusConditions", enabled: true },
      { name: "RayJobDeletionPolicy", enabled: false },
      { name: "RayMultiHostIndexing", enabled: true },
      { name: "RayServiceIncrementalUpgrade", enabled: false },
    ]);
  });

  it("asks nginx to ask, and to take the path away", () => {
    const ingress = objectsOf({
      ingress: {
        controller: "nginx",
        controllerNamespace: "nginx",
        host: "ray.example.com",
        path: "/demo",
        authentication: { externalAuthUrl: "http://who", signInUrl: "https://who/start" },
      },
    }).at(-1);
    expect(ingress?.metadata.annotations).toEqual({
      "nginx.ingress.kubernetes.io/auth-signin": "https://who/start",
      "nginx.ingress.kubernetes.io/auth-url": "http://who",
      "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
      "nginx.ingress.kubernetes.io/use-regex": "true",
    });
    expect(JSON.stringify(ingress)).toContain('"path":"/demo(/|$)(.*)","pathType":"ImplementationSpecific"');
  });

  it("lets nobody in whom the user has not named: no rule of a policy is without peers", () => {
    const networkPolicy: Input["networkPolicy"] = {
      egress: "restricted",
      apiServerCidrs: ["10.0.0.1/32"],
      users: [{ cidr: "10.0.0.0/8" }],
    };
    const policies = planNetworkPolicies(specOf({ networkPolicy }));
    expect(policies).toHaveLength(2);
    for (const { spec } of policies) {
      expect(spec.ingress.every(({ from = [] }) => from.length > 0)).toBe(true);
      expect(spec.egress?.every(({ to = [] }) => to.length > 0)).toBe(true);
    }
  });
});

const gpu: GroupInput = { groupName: "gpu", cpu: 8, memoryGiB: 32, maxReplicas: 2, gpu: { type: "L4", count: 1 } };
const spot: GroupInput = { ...cpu, groupName: "spot", capacityType: "spot", labels: { tier: "cheap" }, resources: { licence: 2, CPU: 3 } };
const hosts: GroupInput = {
  ...cpu,
  groupName: "hosts",
  numOfHosts: 4,
  spill: { sizeGiB: 10, storageClassName: "fast" },
  idleTimeoutSeconds: 60,
};
const full: GroupInput = {
  ...cpu,
  groupName: "full",
  priority: 5,
  sharedMemoryGiB: 8,
  objectStoreMemoryGiB: 6,
  ephemeralStorageGiB: 20,
  environment: { A: "1" },
  secretEnvironment: { B: { secretName: "b", key: "c" } },
  tolerations: [{ key: "spot", operator: "Exists" }],
  podLabels: { team: "a" },
};

const inputs: fc.Arbitrary<Input> = fc.record(
  {
    workerGroups: fc.subarray([cpu, gpu, spot, hosts, full], { minLength: 1 }),
    autoscaler: fc.constantFrom("kuberay", "rayfleet", "none"),
    ray: fc.record({ version: fc.constantFrom("2.51.0", "2.52.0", "2.56.0", "2.60.0") }),
    operator: fc.record(
      {
        version: fc.constantFrom("1.5.0", "1.5.1", "1.6.2", "1.7.0"),
        batchScheduler: fc.constantFrom("volcano", "yunikorn", "scheduler-plugins"),
        featureGates: fc.constantFrom(
          {},
          { RayClusterMTLS: true },
          { GCSFaultToleranceEmbeddedStorage: true },
          { RayClusterMTLS: true, GCSFaultToleranceEmbeddedStorage: true },
        ),
      },
      { requiredKeys: [] },
    ),
    nodeLabels: fc.constant({ capacityType: { name: "karpenter.sh/capacity-type", spot: "spot" } }),
    authentication: fc.constantFrom({}, { mode: "none" as const }, { secretName: "token" }),
    tls: fc.record({ enabled: fc.boolean() }),
    gcsFaultTolerance: fc.constantFrom({ redis: { redisAddress: "redis:6379" } }, { embedded: {} }, { embedded: { claimName: "c" } }),
    kueue: fc.record({ queueName: fc.constant("team"), elasticJob: fc.boolean() }),
    head: fc.constantFrom({}, { spill: { sizeGiB: 5 }, sharedMemoryGiB: 4 }, { serviceType: "NodePort" as const }),
    idleTimeoutSeconds: fc.constantFrom(60, "auto" as const),
    restrictPrivileges: fc.boolean(),
  },
  { requiredKeys: ["workerGroups"] },
);

describe("a specification without a problem", () => {
  it("becomes a RayCluster that no rule about KubeRay's objects refuses", () => {
    let planned = 0;
    fc.assert(
      fc.property(inputs, (input) => {
        const groups = input.autoscaler === "none" ? input.workerGroups?.map((group) => ({ ...group, replicas: 1 })) : input.workerGroups;
        const parsed = parse({ ...input, ...(groups === undefined ? {} : { workerGroups: groups }) });
        if ("problems" in parsed) return;
        planned += 1;
        const { version: operatorVersion, featureGates } = parsed.ok.operator;
        const report = checkManifests([planRayCluster(parsed.ok)], {
          operatorVersion,
          featureGates,
          kueue: true,
          webhook: false,
          parseYaml: () => undefined,
        });
        expect(report.checked).toBe(1);
        expect(report.problems.map(formatSpecProblem)).toEqual([]);
      }),
      { numRuns: 1500, seed: 6 },
    );
    expect(planned).toBeGreaterThan(30);
  });

  it("is planned the same whatever the order of its keys", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, entry]) => [key, reversed(entry)]),
      );
    };
    const input: Input = {
      workerGroups: [full, gpu],
      environment: { Z: "1", B: "2" },
      nodeLabels: { capacityType: { name: "a", spot: "b" } },
    };
    expect(JSON.stringify(planKubernetesCluster(specOf(reversed(input) as Input)))).toBe(
      JSON.stringify(planKubernetesCluster(specOf(input))),
    );
  });

  it("leaves every other object and group as it is when a group is added", () => {
    const before = objectsOf();
    const after = objectsOf({ workerGroups: [cpu, gpu] });
    const others = (objects: readonly KubernetesObject[]) => objects.filter(({ kind }) => kind !== "RayCluster");
    expect(others(after)).toEqual(others(before));
    expect(planRayCluster(specOf({ workerGroups: [cpu, gpu] })).spec.workerGroupSpecs?.[0]).toEqual(
      planRayCluster(specOf()).spec.workerGroupSpecs?.[0],
    );
  });

  it.each(["kuberay", "rayfleet"] as const)("says no number of replicas with autoscaler: %s", (autoscaler) => {
    const { spec } = planRayCluster(specOf({ autoscaler }));
    expect(spec.enableInTreeAutoscaling).toBe(autoscaler === "kuberay");
    expect(spec.workerGroupSpecs?.every((group) => !("replicas" in group))).toBe(true);
  });

  it("mounts a token of the API server in no container that runs tasks", () => {
    const { headGroupSpec, workerGroupSpecs = [], autoscalerOptions } = planRayCluster(specOf({ workerGroups: [cpu, full] })).spec;
    const templates = [headGroupSpec, ...workerGroupSpecs].map(({ template }) => template.spec);
    expect(templates.map((spec) => spec?.automountServiceAccountToken)).toEqual([false, false, false]);
    expect(JSON.stringify(templates.map((spec) => spec?.containers))).not.toContain("serviceaccount");
    expect(autoscalerOptions?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual(["/var/run/secrets/kubernetes.io/serviceaccount"]);
  });
});
