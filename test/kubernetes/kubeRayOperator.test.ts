import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KubeRayBackend } from "../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import { parseKubernetesClusterSpec } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import type { Properties } from "../../pulumi-protocol/properties";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";
import { agentGroup } from "../support/agentBuilders";
import { FakeClock } from "../support/fakeClock";
import type { ControlPlane } from "./controlPlane";
import { kubeRayCrds, kubeRayMissing, startKubeRay } from "./kubeRayProgram";
import { type Known, PluginClient } from "./pluginClient";
import { endServer } from "./serverProcess";
import { until } from "./until";
import { startWholeCluster, wholeClusterMissing } from "./wholeCluster";

const { signal } = new AbortController();
const missing = wholeClusterMissing ?? kubeRayMissing;

type Group = Properties & { readonly groupName: string; readonly maxReplicas: number };
const cpu: Group = { groupName: "cpu", cpu: 1, memoryGiB: 1, maxReplicas: 5 };
const more: Group = { groupName: "more", cpu: 1, memoryGiB: 1, maxReplicas: 5 };

function specOf(written: Properties): KubernetesClusterSpec {
  const whole = { platform: "kubernetes", namespace: "ray", head: { cpu: 1, memoryGiB: 2 }, ...written };
  const parsed = parseKubernetesClusterSpec(whole, { stackName: "demo" });
  if ("ok" in parsed) return parsed.ok;
  throw new Error(JSON.stringify(parsed.problems));
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
}

describe.skipIf(missing)(
  `what is planned, made and scaled, with KubeRay's own operator${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    let plane: ControlPlane;
    let running: ChildProcess;
    let folder = "";
    let plugin: PluginClient;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rayfleet-operator-"));
      await buildKubeRayProvider(resolve(__dirname, "../.."), folder);
      plane = await startWholeCluster();
      plugin = await PluginClient.start(join(folder, "pulumi-resource-rayfleet"), { kubeconfig: plane.kubeconfig });
      plugin.type = "rayfleet:kubernetes:RayCrds";
      await plugin.create({ operatorVersion: "1.7.0", source: kubeRayCrds });
      plugin.type = "rayfleet:kubernetes:RayObject";
      running = await startKubeRay(plane, join(plane.directory, "kubeconfig"), ["--feature-gates=RayCronJob=true"]);
      await plane.api.call({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "ray" } } }, signal);
    }, 180_000);
    afterAll(async () => {
      plugin.stop();
      await endServer(running);
      await plane.stop();
      rmSync(folder, { recursive: true });
    });

    const call = async <Answer>(method: "GET" | "POST" | "DELETE", path: string, query = {}, body?: object) =>
      (await plane.api.call({ method, path, query, ...(body === undefined ? {} : { body }) }, signal)) as Answer;

    /** Everything that stands before Ray's object, which the stack's other provider makes. */
    async function makeGround(spec: KubernetesClusterSpec): Promise<void> {
      for (const object of planKubernetesCluster(spec).objects.filter(({ kind }) => kind === "ServiceAccount")) {
        await call("POST", "/api/v1/namespaces/ray/serviceaccounts", {}, object);
      }
    }

    function inputs(spec: KubernetesClusterSpec, timeoutSeconds = 60): Properties {
      const manifest = planKubernetesCluster(spec).objects.find(({ apiVersion }) => apiVersion === "ray.io/v1");
      return JSON.parse(
        JSON.stringify({ manifest, operatorVersion: "1.7.0", featureGates: { RayCronJob: true }, timeoutSeconds }),
      ) as Properties;
    }

    async function podsOf(cluster: string, group?: string): Promise<readonly Pod[]> {
      const labelSelector = `ray.io/cluster=${cluster}${group === undefined ? "" : `,ray.io/group=${group}`}`;
      return (await call<{ items: readonly Pod[] }>("GET", "/api/v1/namespaces/ray/pods", { labelSelector })).items;
    }
    const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).sort();
    const settled = async (cluster: string, group: string, count: number) =>
      await until(async () => ((await podsOf(cluster, group)).length === count ? await podsOf(cluster, group) : undefined));

    it("makes a cluster and waits for it, edits it without ending a pod, and takes a group out in two steps", async () => {
      const fixed = (...groups: Group[]) =>
        specOf({ name: "fixed", autoscaler: "none", workerGroups: groups.map((group) => ({ ...group, replicas: 2, minReplicas: 0 })) });
      await makeGround(fixed(cpu));
      const first = await plugin.create(inputs(fixed(cpu)));
      expect(first.outputs["headServiceName"]).toBe("fixed-head-svc");
      const before = namesOf(await podsOf("fixed"));
      expect(before).toHaveLength(3);
      const second = await plugin.update(first, inputs(fixed(cpu, more)));
      expect(namesOf(await podsOf("fixed"))).toEqual(expect.arrayContaining(before));
      await settled("fixed", "more", 2);
      const third = await plugin.update(second, inputs(fixed(cpu)));
      await settled("fixed", "more", 0);
      await plugin.update(third, inputs(fixed(cpu)));
      expect(namesOf(await podsOf("fixed"))).toEqual(before);
      await plugin.delete(first);
      await until(async () => (await podsOf("fixed")).length === 0);
    }, 180_000);

    it("says in the operator's words why it refuses, where our own rules were passed by", async () => {
      const spec = specOf({ name: "refused", autoscaler: "none", workerGroups: [{ ...cpu, replicas: 1 }] });
      const wrong = inputs(spec, 20) as {
        manifest: { spec: { workerGroupSpecs: { minReplicas: number; maxReplicas: number }[] } };
      } & Properties;
      for (const group of wrong.manifest.spec.workerGroupSpecs) group.minReplicas = group.maxReplicas + 1;
      await expect(plugin.create(wrong)).rejects.toThrow(/InvalidRayClusterSpec/);
    }, 60_000);

    describe("sized by the agent's backend", () => {
      const backend = () => new KubeRayBackend({ api: plane.api, clock: new FakeClock() });
      const group = (groupName: string) =>
        agentGroup({ groupName, backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "scaled" }, maxReplicas: 5 });
      const spec = (...groups: Group[]) =>
        specOf({ name: "scaled", autoscaler: "rayfleet", workerGroups: groups, agent: { image: "agent" } });
      let known: Known;

      beforeAll(async () => {
        await makeGround(spec(cpu, more));
        known = await plugin.create(inputs(spec(cpu, more)));
      }, 120_000);

      it("gets the pods that it asks for, and ends just the one that it names", async () => {
        const scaling = backend();
        await scaling.describe([group("cpu"), group("more")], signal);
        expect([await scaling.setDesired(group("cpu"), 3, signal), await scaling.setDesired(group("more"), 1, signal)]).toEqual([
          { kind: "done" },
          { kind: "done" },
        ]);
        const [first, second, third] = namesOf(await settled("scaled", "cpu", 3));
        const [other] = namesOf(await settled("scaled", "more", 1));
        await until(async () => (await scaling.describe([group("cpu")], signal)).get("cpu")?.kind === "known");
        expect(await scaling.terminate(group("cpu"), { instanceId: second ?? "", desiredSize: "lower" }, signal)).toEqual({ kind: "done" });
        expect(namesOf(await settled("scaled", "cpu", 2))).toEqual([first, third].sort());
        expect(namesOf(await podsOf("scaled", "more"))).toEqual([other]);
      }, 120_000);

      it("keeps its sizes and pods through an update of the stack", async () => {
        const before = namesOf(await podsOf("scaled"));
        await plugin.update(known, inputs(spec({ ...cpu, maxReplicas: 9 }, more)));
        expect(namesOf(await podsOf("scaled"))).toEqual(before);
        const observed = (await backend().describe([group("cpu"), group("more")], signal)).get("cpu");
        expect(observed).toMatchObject({ kind: "known", state: { desired: 2, max: 9 } });
      }, 120_000);
    });

    it.each([
      ["RayJob", { rayJob: { entrypoint: "python -c 'print(1)'" } }],
      ["RayCronJob", { rayCronJob: { schedule: "0 3 * * *", job: { entrypoint: "python -c 'print(1)'" } } }],
    ])(
      "makes a %s that the operator takes on",
      async (kind, written) => {
        const name = kind.toLowerCase();
        const spec = specOf({
          name,
          autoscaler: "none",
          workerGroups: [{ ...cpu, replicas: 1 }],
          operator: { featureGates: { RayCronJob: true } },
          ...written,
        });
        await makeGround(spec);
        const made = await plugin.create(inputs(spec));
        expect(made.id).toBe(`${kind}/ray/${name}`);
        await plugin.delete(made);
      },
      120_000,
    );
  },
);
