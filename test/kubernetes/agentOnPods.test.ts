import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planAgentConfig } from "../../components/plan/kubernetes/planAgentConfig";
import { planRayCluster } from "../../components/plan/kubernetes/planRayCluster";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { RayDashboard } from "../../emulator/demo/rayDashboard";
import type { Properties } from "../../pulumi-protocol/properties";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";
import { freePort } from "../support/freePort";
import { AgentPods } from "./agentPod";
import { type Known, PluginClient } from "./pluginClient";
import { type RayStack, rayStackMissing, startRayStack } from "./rayStack";
import type { LivePod } from "./standInKubeRay/liveObjects";
import { until } from "./until";

const { signal } = new AbortController();
const cluster = "/apis/ray.io/v1/namespaces/ray/rayclusters/demo";

/** Three times two CPUs and a GPU are wanted at once. Two of the tasks end; actors keep one CPU pod and the GPU pod. Each says which pod it ran on. */
const work = `
import json, os, time, ray
ray.init(namespace="test")
pod = lambda: os.environ["RAY_CLOUD_INSTANCE_ID"]
@ray.remote(num_cpus=0)
class Stays:
    def pod(self): return pod()
stays = Stays.options(num_cpus=2, lifetime="detached", name="stays").remote()
holds = Stays.options(num_gpus=1, lifetime="detached", name="holds").remote()
ends = [ray.remote(num_cpus=2)(lambda: (time.sleep(10), pod())[1]).remote() for _ in range(2)]
print(json.dumps({"ends": ray.get(ends), "stays": ray.get(stays.pod.remote()), "holds": ray.get(holds.pod.remote())}))
`;
const release = `import ray; ray.init(namespace="test"); ray.kill(ray.get_actor("holds"))`;

/** Where the work ran, by the names of pods. */
interface Ran {
  readonly ends: readonly string[];
  readonly stays: string;
  readonly holds: string;
}

function specOf(maxReplicas: number): KubernetesClusterSpec {
  const tolerations = [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }];
  const workerGroups = [
    { groupName: "gpu", cpu: 1, memoryGiB: 1, maxReplicas: 1, gpu: { count: 1 }, tolerations },
    { groupName: "cpu", cpu: 2, memoryGiB: 1, maxReplicas },
  ];
  const written = { platform: "kubernetes", namespace: "ray", autoscaler: "rayfleet", workerGroups };
  const parsed = parseKubernetesClusterSpec(written, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

describe.skipIf(rayStackMissing)(
  `rayfleet's agent beside real Ray on pods${rayStackMissing === undefined ? "" : ` (skipped: ${rayStackMissing})`}`,
  () => {
    let stack: RayStack;
    let folder = "";
    let plugin: PluginClient;
    let known: Known;
    let agent: AgentPods;
    let dashboard: RayDashboard;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rfa-"));
      await buildKubeRayProvider(resolve(__dirname, "../.."), folder);
      stack = await startRayStack();
      const { plane, kubelet } = stack;
      await plane.api.call({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "ray" } } }, signal);
      plugin = await PluginClient.start(join(folder, "pulumi-resource-rayfleet"), { kubeconfig: plane.kubeconfig });
      known = await plugin.create(inputs(4));
      const gcsAddress = kubelet.gcsAddress("ray", "demo") ?? "";
      const { data } = (await plane.api.call({ method: "GET", path: "/api/v1/namespaces/ray/secrets/demo" }, signal)) as {
        data: { auth_token: string };
      };
      const token = Buffer.from(data.auth_token, "base64").toString("utf8");
      dashboard = new RayDashboard((await kubelet.dashboardUrl("ray", "demo")) ?? "", token);
      agent = new AgentPods({ plane, spec: specOf(4), directory: folder, gcsAddress });
      await agent.prepare(await quick(), token);
      await agent.start("agent");
    }, 300_000);
    afterAll(async () => {
      await agent.kill();
      await agent.connection.cut();
      plugin.stop();
      await stack.stop();
      rmSync(folder, { recursive: true });
    });

    /** What is idle is let go soon; an agent lets nothing go in its first minute. */
    const quick = async () => ({
      groups: planAgentConfig(specOf(4)).groups.map((group) => ({ ...group, idleTimeoutSeconds: 5 })),
      tickSeconds: 1,
      metrics: { host: "127.0.0.1", port: await freePort() },
    });

    function inputs(maxReplicas: number): Properties {
      return { manifest: planRayCluster(specOf(maxReplicas)) as unknown as Properties, timeoutSeconds: 120 };
    }

    async function pods(): Promise<readonly LivePod[]> {
      const query = { labelSelector: "ray.io/node-type=worker" };
      return ((await stack.plane.api.call({ method: "GET", path: "/api/v1/namespaces/ray/pods", query }, signal)) as { items: LivePod[] })
        .items;
    }

    const names = async () => (await pods()).map(({ metadata }) => metadata.name).sort();

    async function live(): Promise<readonly Readonly<Record<string, unknown>>[]> {
      const { spec } = (await stack.plane.api.call({ method: "GET", path: cluster }, signal)) as {
        spec: { workerGroupSpecs: Readonly<Record<string, unknown>>[] };
      };
      return spec.workerGroupSpecs;
    }

    const sizes = async () => Object.fromEntries((await live()).map(({ groupName, replicas }) => [groupName, replicas]));

    /** Until the job has ended: another deploy whenever sizes or pods have changed. */
    async function deployUntilDone(submissionId: string): Promise<number> {
      const seen = new Set<string>();
      await until(async () => {
        const { status, message } = await dashboard.job(submissionId);
        if (status === "FAILED") throw new Error(`${message}\n${await dashboard.jobLogs(submissionId)}`);
        const look = JSON.stringify([await sizes(), await names()]);
        if (!seen.has(look)) known = await plugin.update(known, inputs(seen.size % 2 === 0 ? 5 : 4));
        seen.add(look);
        return status === "SUCCEEDED";
      }, 300);
      return seen.size;
    }

    const submit = async (submissionId: string, python: string) =>
      await dashboard.submit({ submissionId, entrypoint: `python -c '${python.replaceAll("'", '"')}'` });

    const untilPods = async (...expected: readonly string[]) =>
      await until(async () => JSON.stringify(await names()) === JSON.stringify([...expected].sort()), 500);

    let ran: Ran;

    it("makes pods for what waits while deploys go on, and then ends just those that are idle", { timeout: 400_000 }, async () => {
      expect(await sizes()).toEqual({ gpu: 0, cpu: 0 });
      await submit("work", work);
      expect(await deployUntilDone("work")).toBeGreaterThan(2);
      const lines = (await dashboard.jobLogs("work")).split("\n");
      ran = JSON.parse(lines.find((line) => line.startsWith("{")) ?? "{}") as Ran;
      expect(ran).toMatchObject({
        stays: expect.stringMatching(/^demo-cpu-/) as unknown,
        holds: expect.stringMatching(/^demo-gpu-/) as unknown,
      });
      expect(ran.ends).not.toContain(ran.stays);
      await untilPods(ran.stays, ran.holds);
      expect(await sizes()).toEqual({ gpu: 1, cpu: 1 });
    });

    it("takes a group out when its pod has become idle, and no earlier", { timeout: 400_000 }, async () => {
      const [, cpu] = planRayCluster(specOf(4)).spec.workerGroupSpecs ?? [];
      const { manifest } = inputs(4) as { manifest: { spec: Properties } & Properties };
      const without = {
        ...inputs(4),
        manifest: { ...manifest, spec: { ...manifest.spec, workerGroupSpecs: [cpu] } },
      } as unknown as Properties;
      known = await plugin.update(known, without);
      expect(known.outputs["leavingGroups"]).toEqual([{ groupName: "gpu", pods: 1 }]);
      expect(await names()).toEqual([ran.stays, ran.holds].sort());
      await submit("release", release);
      await untilPods(ran.stays);
      known = await plugin.update(known, without);
      expect(await sizes()).toEqual({ cpu: 1 });
      expect(await names()).toEqual([ran.stays]);
    });
  },
);
