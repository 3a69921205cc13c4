import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PodAccount } from "../../autoscaler-agent/kubernetes/podAccount";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planAgentPod } from "../../components/plan/kubernetes/planAgentPod";
import { planRayCluster } from "../../components/plan/kubernetes/planRayCluster";
import { pauseAnnotation } from "../../contract/kubernetes/kubernetesAgent";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import { KubeApi, type KubeRequest } from "../../kubernetes-api/kubeApi";
import { FakeGcs } from "../support/fakeGcs";
import { freePort } from "../support/freePort";
import { waitingRay } from "../support/waitingRay";
import { AgentPods } from "./agentPod";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";

const never = new AbortController().signal;
const until = { timeout: 20_000, interval: 100 };
const RAY_TOKEN = "0123456789abcdef-the-token";
const cluster = "/apis/ray.io/v1/namespaces/ray/rayclusters/demo";

function specOf(): KubernetesClusterSpec {
  const workerGroups = [
    { groupName: "gpu", cpu: 8, memoryGiB: 32, maxReplicas: 2, gpu: { count: 1 }, pricePerHourUsd: 1 },
    { groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas: 10, pricePerHourUsd: 0.1 },
  ];
  const written = { platform: "kubernetes", autoscaler: "rayfleet", workerGroups, upscalingSpeed: 100 };
  const parsed = parseKubernetesClusterSpec(written, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

interface LiveCluster {
  readonly metadata: { readonly managedFields: readonly { readonly manager: string }[] };
  readonly spec: { readonly workerGroupSpecs: readonly { readonly groupName: string; readonly replicas: number }[] };
}

describe.skipIf(controlPlaneMissing)(
  `the agent in its pod, on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ""}`,
  () => {
    const spec = specOf();
    let plane: ControlPlane;
    let directory: string;
    let gcs: FakeGcs;
    let pods: AgentPods;
    let port: number;
    let waiting = 0;

    beforeAll(async () => {
      plane = await startControlPlane();
      await addKind(plane.api, join(__dirname, "crds/rayClusters.yaml"));
      await make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "ray" } });
      directory = await mkdtemp(join(tmpdir(), "agent-pod-"));
      gcs = new FakeGcs();
      gcs.answer = ({ method }) => ({
        reply: method === "GetClusterResourceState" ? { cluster_resource_state: waitingRay("demo-head", waiting) } : {},
      });
      await gcs.start();
      port = await freePort();
      pods = new AgentPods({ plane, spec, directory, gcsAddress: gcs.address });
      await pods.prepare(quick(), RAY_TOKEN);
    });

    beforeEach(async () => {
      waiting = 0;
      await pods.configure(quick());
      await make("/apis/ray.io/v1/namespaces/ray/rayclusters", planRayCluster(spec));
    });

    afterEach(async () => {
      await pods.kill();
      await plane.api.call({ method: "DELETE", path: cluster }, never);
    });

    afterAll(async () => {
      gcs.stop();
      await pods.connection.cut();
      await plane.stop();
      await rm(directory, { recursive: true });
    });

    const quick = () => ({ tickSeconds: 0.5, metrics: { host: "127.0.0.1", port } });
    const make = (path: string, body: object) => plane.api.call({ method: "POST", path, body }, never);
    const patch = (body: object) =>
      plane.api.call({ method: "PATCH", path: cluster, contentType: "application/merge-patch+json", body }, never);
    const live = async () => (await plane.api.call({ method: "GET", path: cluster }, never)) as LiveCluster;
    const replicas = async () => {
      const { spec: found } = await live();
      return Object.fromEntries(found.workerGroupSpecs.map((group) => [group.groupName, group.replicas]));
    };
    const page = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const ticks = async () => (JSON.parse(await page("/decision")) as { latest: { tick: number } }).latest.tick;

    /** Looks again after so many further ticks of the agent. */
    const afterTicks = async (count: number) => {
      const before = await ticks();
      await expect.poll(ticks, until).toBeGreaterThanOrEqual(before + count);
    };

    it("grows the group that the waiting work needs, by name, and leaves what is not its own", async () => {
      const { output } = await pods.start("first");
      await expect.poll(output, until).toContain('"event":"started"');
      await expect.poll(() => page("/healthz").catch(() => ""), until).toContain('"healthy":true');
      expect(await replicas()).toEqual({ gpu: 0, cpu: 0 });
      waiting = 3;
      await expect.poll(replicas, until).toEqual({ gpu: 0, cpu: 3 });
      const { spec: found } = await live();
      const planned = planRayCluster(spec).spec.workerGroupSpecs ?? [];
      expect(found.workerGroupSpecs.map(({ replicas: _, ...group }) => group)).toMatchObject(planned);
      expect(await page("/metrics")).toContain("autoscaler_");
      expect(gcs.calls.every(({ metadata }) => metadata["authorization"] === `Bearer ${RAY_TOKEN}`)).toBe(true);
      expect([pods.token, RAY_TOKEN].filter((secret) => output().includes(secret))).toEqual([]);
    });

    it("waits for its token and its configuration, and takes both from their files as they come", async () => {
      await pods.unconfigure();
      await pods.spoilToken("no token");
      const { output } = await pods.start("first");
      await expect.poll(output, until).toContain("Unauthorized");
      await pods.renewToken();
      await expect.poll(output, until).toContain('"event":"configuration-broken"');
      await pods.configure(quick());
      waiting = 2;
      await expect.poll(replicas, until).toEqual({ gpu: 0, cpu: 2 });
    });

    it("changes nothing beside Ray's own autoscaler, and says why", async () => {
      await patch({ spec: { enableInTreeAutoscaling: true } });
      waiting = 3;
      await pods.start("first");
      await expect.poll(() => page("/decision").catch(() => ""), until).toContain("enableInTreeAutoscaling");
      await afterTicks(3);
      expect(await replicas()).toEqual({ gpu: 0, cpu: 0 });
    });

    it("changes nothing while the RayCluster says pause, and goes on afterwards", async () => {
      await patch({ metadata: { annotations: { [pauseAnnotation]: "we look at it" } } });
      waiting = 2;
      await pods.start("first");
      await expect.poll(() => page("/decision").catch(() => ""), until).toContain("we look at it");
      await afterTicks(3);
      expect(await replicas()).toEqual({ gpu: 0, cpu: 0 });
      await patch({ metadata: { annotations: { [pauseAnnotation]: null } } });
      await expect.poll(replicas, until).toEqual({ gpu: 0, cpu: 2 });
    });

    it("outlives an API server that is away for a while", async () => {
      const { process, output } = await pods.start("first");
      waiting = 1;
      await expect.poll(replicas, until).toEqual({ gpu: 0, cpu: 1 });
      await pods.connection.cut();
      await expect.poll(() => page("/decision"), until).toContain("ECONNREFUSED");
      waiting = 3;
      await afterTicks(2);
      await pods.connection.open();
      await expect.poll(replicas, until).toEqual({ gpu: 0, cpu: 3 });
      expect([process.exitCode, output().split('"event":"started"').length]).toEqual([null, 2]);
    });

    it("may run where Kubernetes lets restricted pods run only", async () => {
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      await make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "strict", labels } });
      const pod = { ...planAgentPod(spec, ["program"]), apiVersion: "v1", kind: "Pod" };
      const path = "/api/v1/namespaces/strict/pods";
      const inStrict = (body: object) =>
        plane.api.call({ method: "POST", path, query: { dryRun: "All", fieldValidation: "Strict" }, body }, never);
      await inStrict({ ...pod, metadata: { ...pod.metadata, name: "agent" } });
      const free = { ...pod, metadata: { name: "free" }, spec: { ...pod.spec, securityContext: {} } };
      await expect(inStrict(free)).rejects.toThrow("runAsNonRoot");
    });

    it("waits while another agent holds the Lease, and follows it at once when that is told to stop", async () => {
      const first = await pods.start("first");
      await expect.poll(first.output, until).toContain('"event":"started"');
      const second = await pods.start("second");
      await expect.poll(second.output, until).toContain("first holds the Lease demo-agent");
      expect(second.output()).not.toContain('"event":"started"');
      const ended = once(first.process, "exit");
      first.process.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
      await expect.poll(second.output, until).toContain('"event":"started"');
    });

    describe("with the rights of its account", () => {
      const ask = async (request: Omit<KubeRequest, "method"> & { readonly method?: KubeRequest["method"] }) => {
        const account = new PodAccount({
          apiServer: `https://127.0.0.1:${pods.connection.port}`,
          accountFolder: join(directory, "account"),
        });
        return await new KubeApi(account).call({ method: "GET", ...request }, never);
      };
      const merge = { method: "PATCH", contentType: "application/merge-patch+json" } as const;
      const inRay = "/api/v1/namespaces/ray";
      const leases = "/apis/coordination.k8s.io/v1/namespaces/ray/leases";

      it.each([
        ["its RayCluster", { path: cluster }],
        ["a change of it", { ...merge, path: cluster, body: {} }],
        ["the pods", { path: `${inRay}/pods` }],
        ["the events", { path: `${inRay}/events` }],
        ["its Lease", { path: `${leases}/demo-agent` }],
        ["a change of it", { ...merge, path: `${leases}/demo-agent`, body: {} }],
      ] as const)("has %s", async (_, request) => {
        expect(await ask(request)).toBeDefined();
      });

      it("has pods' logs, of a pod that is not there none", async () => {
        await expect(ask({ path: `${inRay}/pods/none/log` })).rejects.toMatchObject({ status: 404 });
      });

      it.each([
        ["another RayCluster", { path: "/apis/ray.io/v1/namespaces/ray/rayclusters/other" }],
        ["the list of RayClusters", { path: "/apis/ray.io/v1/namespaces/ray/rayclusters" }],
        ["an end of its own", { method: "DELETE", path: cluster }],
        ["its status", { ...merge, path: `${cluster}/status`, body: {} }],
        ["another Lease", { path: `${leases}/other` }],
        ["a Lease more", { method: "POST", path: leases, body: { metadata: { name: "more" } } }],
        ["Secrets", { path: `${inRay}/secrets` }],
        ["an end of a pod", { method: "DELETE", path: `${inRay}/pods/one` }],
        ["a command in a pod", { method: "POST", path: `${inRay}/pods/one/exec` }],
        ["pods elsewhere", { path: "/api/v1/pods" }],
        ["nodes", { path: "/api/v1/nodes" }],
      ] as const)("does not have %s", async (_, request) => {
        await expect(ask(request)).rejects.toMatchObject({ status: 403 });
      });
    });
  },
);
