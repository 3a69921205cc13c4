import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseAgentConfig } from "../../../../autoscaler-agent/configSource";
import { parsePodEnvironment } from "../../../../autoscaler-agent/kubernetes/podEnvironment";
import { manifestStream } from "../../../../cli/render/manifestFiles";
import { parseKubernetesClusterSpec } from "../../../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { type AgentProgram, NoAgentProgramError, planAgent } from "../../../../components/plan/kubernetes/planAgent";
import { planAgentConfig } from "../../../../components/plan/kubernetes/planAgentConfig";
import { planKubernetesCluster } from "../../../../components/plan/kubernetes/planKubernetesCluster";
import { planRayCluster } from "../../../../components/plan/kubernetes/planRayCluster";
import type { KubernetesClusterSpec, KubernetesClusterSpecInput } from "../../../../contract/kubernetes/kubernetesClusterSpec";
import { replicasAreScaled } from "../../../../kuberay-provider/scaledReplicas";

type Input = Partial<KubernetesClusterSpecInput>;
type GroupInput = KubernetesClusterSpecInput["workerGroups"][number];

const root = join(__dirname, "../../../..");
const cpu: GroupInput = { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 4 };
const program: AgentProgram = { parts: ["H4sI", "AAAA"], hash: "0123456789" };

function specOf(input: Input = {}): KubernetesClusterSpec {
  const written = { platform: "kubernetes", autoscaler: "rayfleet", workerGroups: [cpu], ...input };
  const parsed = parseKubernetesClusterSpec(written, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

interface Anything {
  readonly [key: string]: Anything;
}

/** The one object of a kind; of ConfigMaps the last part of its name tells. */
function planned(spec: KubernetesClusterSpec, kind: string, end = ""): Anything {
  const found = planKubernetesCluster(spec, program).objects.filter(
    (object) => object.kind === kind && object.metadata.name.endsWith(end) && object.metadata.name.includes("-agent"),
  );
  expect(found).toHaveLength(1);
  return found[0] as unknown as Anything;
}

function podOf(spec: KubernetesClusterSpec): Anything {
  return planned(spec, "Deployment")["spec"]?.["template"]?.["spec"] as Anything;
}

const list = (value: unknown) => value as readonly Anything[];

describe("the agent of a cluster on Kubernetes", () => {
  it("is planned whole for the example", async () => {
    const text = readFileSync(join(root, "docs/examples/kubernetes/agent.yaml"), "utf8");
    const { config } = parse(text) as { config: Record<string, unknown> };
    const parsed = parseKubernetesClusterSpec(config["rayfleet:cluster"], { stackName: "agent" });
    if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
    await expect(`${manifestStream(planKubernetesCluster(parsed.ok, program))}\n`).toMatchFileSnapshot(
      join(root, "test/golden/kubernetes/agent.yaml"),
    );
  });

  it("is not there with another autoscaler", () => {
    for (const autoscaler of ["kuberay", "none"] as const) {
      const workerGroups = [autoscaler === "none" ? { ...cpu, replicas: 1 } : cpu];
      expect(planAgent(specOf({ autoscaler, workerGroups }), undefined)).toEqual([]);
    }
  });

  it("is handed a configuration that it takes", () => {
    const spec = specOf({ budget: { maxHourlyUsd: 5 }, workerGroups: [{ ...cpu, pricePerHourUsd: 0.5 }] });
    const text = planned(spec, "ConfigMap", "-agent")["data"]?.["agent.json"] as unknown as string;
    expect(parseAgentConfig(text)).toEqual(planAgentConfig(spec));
  });

  it("is told by its environment what it needs", () => {
    const [container] = list(podOf(specOf())["containers"]);
    const variables = Object.fromEntries(
      list(container?.["env"]).map(({ name, value, valueFrom }) => [name, value ?? JSON.stringify(valueFrom)]),
    ) as Record<string, string>;
    expect(parsePodEnvironment({ ...variables, KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" })).toMatchObject({
      namespace: "ray",
      leaseName: "demo-agent",
      gcsAddress: "demo-head-svc.ray.svc:6379",
      configFile: "/etc/rayfleet/agent.json",
      tokenPath: "/var/run/secrets/rayfleet/token",
    });
    expect(JSON.stringify(podOf(specOf({ authentication: { mode: "none" } })))).not.toContain("TOKEN_PATH");
  });

  it("may read and change its own RayCluster and Lease, and look at pods, and nothing else", () => {
    const rules = list(planned(specOf(), "Role")["rules"]).map(({ resources, resourceNames, verbs }) => ({
      resources,
      resourceNames,
      verbs,
    }));
    expect(rules).toEqual([
      { resources: ["rayclusters"], resourceNames: ["demo"], verbs: ["get", "patch"] },
      { resources: ["pods", "events"], verbs: ["list"] },
      { resources: ["pods/log"], verbs: ["get"] },
      { resources: ["leases"], resourceNames: ["demo-agent"], verbs: ["get", "patch"] },
    ]);
  });

  it("runs as nobody special, alone, and keeps away from spot nodes as the head does", () => {
    const spec = specOf({ nodeLabels: { capacityType: { name: "a/b", spot: "spot" } }, head: { nodeSelector: { pool: "system" } } });
    expect(planned(spec, "Deployment")["spec"]).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    const pod = podOf(spec);
    expect(pod).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      nodeSelector: { pool: "system" },
    });
    expect(JSON.stringify(pod["affinity"])).toContain('"NotIn","values":["spot"]');
    expect(list(pod["containers"])[0]).toMatchObject({
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
    });
  });

  it("has its program in immutable ConfigMaps that are named by their content, or in an image of the user's", () => {
    const maps = (spec: KubernetesClusterSpec) =>
      planAgent(spec, program).flatMap(({ kind, metadata }) => (kind === "ConfigMap" ? [metadata.name] : []));
    expect(maps(specOf())).toEqual(["demo-agent", "demo-agent-0123456789-0", "demo-agent-0123456789-1"]);
    expect(planned(specOf(), "ConfigMap", "-1")).toMatchObject({ immutable: true, binaryData: { "agent.js.gz.1": "AAAA" } });
    const own = specOf({ agent: { image: "registry.example.com/agent:1" } });
    expect(maps(own)).toEqual(["demo-agent"]);
    expect(list(podOf(own)["containers"])[0]).toMatchObject({ image: "registry.example.com/agent:1" });
    expect(list(podOf(own)["containers"])[0]).not.toHaveProperty("command");
    expect(() => planAgent(specOf(), undefined)).toThrow(NoAgentProgramError);
    expect(planAgent(own, undefined).length).toBeGreaterThan(5);
  });

  it("reaches the control store, names and the API server where egress is restricted, and is reached by scrapers alone", () => {
    const networkPolicy = { egress: "restricted" as const, apiServerCidrs: ["10.0.0.1/32"], scrapers: [{ namespace: "monitoring" }] };
    const policy = planned(specOf({ networkPolicy }), "NetworkPolicy")["spec"];
    const labels = { "app.kubernetes.io/instance": "demo", "app.kubernetes.io/name": "rayfleet-agent" };
    expect(policy?.["podSelector"]).toEqual({ matchLabels: labels });
    expect(list(policy?.["ingress"]).map(({ ports }) => list(ports).map(({ port }) => port))).toEqual([[44_217]]);
    expect(list(policy?.["egress"]).map(({ ports }) => list(ports).map(({ port }) => port))).toEqual([[6379], [53, 53], [6443]]);
    expect(planned(specOf(), "NetworkPolicy")["spec"]?.["ingress"]).toEqual([]);
  });

  it("leaves replicas to the agent: the manifest has none, and whoever applies it copies them", () => {
    const cluster = planRayCluster(specOf());
    expect(cluster.spec.enableInTreeAutoscaling).toBe(false);
    expect(cluster.spec.headGroupSpec.rayStartParams).toMatchObject({ "no-monitor": "true" });
    expect(cluster.spec.workerGroupSpecs?.some((group) => "replicas" in group)).toBe(false);
    expect(replicasAreScaled(cluster)).toBe(true);
    const fixed = specOf({ autoscaler: "none", workerGroups: [{ ...cpu, replicas: 1 }] });
    expect(replicasAreScaled(planRayCluster(fixed))).toBe(false);
  });

  it("has a configuration for every cluster that is accepted, the same for equal input", () => {
    const groups = fc.array(
      fc.record({
        cpu: fc.constantFrom(0.5, 1, 7.5, 64),
        memoryGiB: fc.constantFrom(0.5, 3.3, 28),
        minReplicas: fc.integer({ min: 0, max: 3 }),
        gpu: fc.constantFrom(undefined, { count: 2 }, { type: "L4", count: 1 }, { resourceName: "google.com/tpu", count: 4 }),
        resources: fc.constantFrom({}, { CPU: 2, licence: 1 }, { gpu: 0 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(groups, (written) => {
        const workerGroups = written.map(({ gpu, ...group }, index) => ({
          groupName: `g${index}`,
          maxReplicas: 5,
          ...group,
          ...(gpu === undefined ? {} : { gpu }),
        }));
        const config = planAgentConfig(specOf({ workerGroups }));
        expect(config).toEqual(planAgentConfig(specOf({ workerGroups })));
        for (const { resources } of config.groups) {
          expect(Number.isInteger(resources["CPU"])).toBe(true);
          expect(Object.values(resources).every((amount) => amount > 0)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
