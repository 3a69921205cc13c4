import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ControlPlane } from "./controlPlane";
import { until } from "./until";
import { startWholeCluster, wholeClusterMissing } from "./wholeCluster";

const { signal } = new AbortController();
const pods = "/api/v1/namespaces/default/pods";

interface Pod {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase?: string; readonly conditions?: readonly { readonly type: string; readonly message?: string }[] };
}

interface PodEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
}

describe.skipIf(wholeClusterMissing)(
  `a whole cluster whose nodes are played${wholeClusterMissing === undefined ? "" : ` (skipped: ${wholeClusterMissing})`}`,
  () => {
    let cluster: ControlPlane;
    beforeAll(async () => {
      cluster = await startWholeCluster();
    });
    afterAll(() => cluster.stop());

    const get = async <Answer>(path: string, query = {}) => (await cluster.api.call({ method: "GET", path, query }, signal)) as Answer;

    async function makePod(name: string, spec: object, amounts: Record<string, string> = {}): Promise<void> {
      const containers = [{ name: "ray", image: "rayproject/ray:2.60.0", resources: { limits: amounts, requests: amounts } }];
      const body = { apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { containers, ...spec } };
      await cluster.api.call({ method: "POST", path: pods, body }, signal);
    }

    const running = (name: string) =>
      until(async () => {
        const pod = await get<Pod>(`${pods}/${name}`);
        return pod.status.phase === "Running" ? pod.spec.nodeName : undefined;
      });

    it("runs each pod on the node that has what it asks for and whose taint it bears", async () => {
      const bears = (key: string) => ({ tolerations: [{ key, operator: "Exists" }] });
      await makePod("plain", {}, { cpu: "4" });
      await makePod("cheap", { ...bears("spot"), nodeSelector: { "karpenter.sh/capacity-type": "spot" } }, { cpu: "4" });
      await makePod("trains", bears("nvidia.com/gpu"), { "nvidia.com/gpu": "2" });
      expect([await running("plain"), await running("cheap"), await running("trains")]).toEqual(["on-demand-1", "spot-1", "gpu-1"]);
    });

    it("says in events why a pod fits nowhere", async () => {
      await makePod("large", {}, { cpu: "1000" });
      const event = await until(async () => {
        const query = { fieldSelector: "involvedObject.name=large" };
        const { items } = await get<{ items: PodEvent[] }>("/api/v1/namespaces/default/events", query);
        return items.find(({ reason }) => reason === "FailedScheduling");
      });
      expect(event).toMatchObject({
        type: "Warning",
        message: expect.stringMatching(/^0\/3 nodes are available: .*Insufficient cpu/) as unknown,
      });
      const { status } = await get<Pod>(`${pods}/large`);
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: "PodScheduled", reason: "Unschedulable" }));
    });

    it("ends a namespace with all that is in it", async () => {
      await cluster.api.call({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "short" } } }, signal);
      await cluster.api.call(
        { method: "POST", path: "/api/v1/namespaces/short/configmaps", body: { metadata: { name: "notes" } } },
        signal,
      );
      await cluster.api.call({ method: "DELETE", path: "/api/v1/namespaces/short" }, signal);
      const gone = await until(() => get("/api/v1/namespaces/short").then(() => undefined, String));
      expect(gone).toContain("not found");
    });
  },
);
