import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import type { Properties } from "../../pulumi-protocol/properties";
import { UNKNOWN } from "../../pulumi-protocol/wire";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { PluginClient } from "./pluginClient";
import { StandInOperator } from "./standInOperator";

const { signal } = new AbortController();
const namespace = "default";
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };
const skipped = controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : "";

type Group = Properties & { readonly groupName: string };

describe.skipIf(controlPlaneMissing)(`the rayfleet plugin on a real API server${skipped}`, () => {
  let plane: ControlPlane;
  let api: KubeApi;
  let operator: StandInOperator;
  let folder = "";
  let plugin: PluginClient;
  let name = "";
  let made = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rayfleet-plugin-"));
    await buildKubeRayProvider(resolve(__dirname, "../.."), folder);
    plane = await startControlPlane();
    api = plane.api;
    await addKind(api, join(__dirname, "crds", "rayClusters.yaml"));
    operator = new StandInOperator(api);
    plugin = await start({ kubeconfig: plane.kubeconfig });
  });
  afterAll(async () => {
    plugin.stop();
    await operator.stop();
    await plane.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    made += 1;
    name = `demo-${made}`;
  });
  afterEach(() => plugin.said.splice(0));

  const start = (configuration: Properties, environment?: Record<string, string>) =>
    PluginClient.start(join(folder, "pulumi-resource-rayfleet"), configuration, environment);

  function inputs(groups: readonly Group[], spec: Properties = {}, rest: Properties = {}): Properties {
    const workerGroupSpecs = groups.map((group) => ({ minReplicas: 0, maxReplicas: 5, template, rayStartParams: {}, ...group }));
    const headGroupSpec = { template, rayStartParams: { "num-cpus": "0" } };
    const whole = { rayVersion: "2.60.0", enableInTreeAutoscaling: true, headGroupSpec, workerGroupSpecs, ...spec };
    const manifest = { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name, namespace }, spec: whole };
    return { manifest, timeoutSeconds: 20, ...rest };
  }

  const path = () => `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${name}`;

  async function live(): Promise<Record<string, unknown>[]> {
    const { spec } = (await api.call({ method: "GET", path: path() }, signal)) as { spec: { workerGroupSpecs: Record<string, unknown>[] } };
    return spec.workerGroupSpecs;
  }

  async function patch(...body: readonly Properties[]): Promise<void> {
    const query = { fieldManager: "python-requests" };
    await api.call({ method: "PATCH", path: path(), query, body, contentType: "application/json-patch+json" }, signal);
  }

  async function makePod(podName: string, group: string): Promise<() => Promise<unknown>> {
    const labels = { "ray.io/cluster": name, "ray.io/node-type": "worker", "ray.io/group": group };
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await api.call({ method: "POST", path: pods, body: { metadata: { name: podName, labels }, spec: template.spec } }, signal);
    return () => api.call({ method: "DELETE", path: `${pods}/${podName}`, query: { gracePeriodSeconds: "0" } }, signal);
  }

  it("makes a cluster, sees no change in it, and removes it", async () => {
    const declared = inputs([{ groupName: "cpu", minReplicas: 1 }]);
    expect(await plugin.check(declared)).toEqual([]);
    const known = await plugin.create(declared);
    expect(known.id).toBe(`RayCluster/default/${name}`);
    expect(known.outputs).toMatchObject({ leavingGroups: [], headServiceName: `${name}-head-svc` });
    expect((await plugin.diff(known, declared)).paths).toEqual([]);
    expect(await plugin.read(known)).toEqual(known);
    await plugin.delete(known);
    expect((await plugin.read(known)).id).toBe("");
  });

  it("takes what the autoscaler wrote for no drift, keeps it, and shows what others wrote", async () => {
    const declared = inputs([{ groupName: "cpu" }, { groupName: "gpu" }]);
    const known = await plugin.create(declared);
    const at = "/spec/workerGroupSpecs";
    await patch(
      { op: "replace", path: `${at}/0/replicas`, value: 4 },
      { op: "add", path: `${at}/0/scaleStrategy`, value: { workersToDelete: ["pod-a"] } },
    );
    expect((await plugin.read(known)).inputs).toEqual(declared);
    await patch({ op: "replace", path: `${at}/1/maxReplicas`, value: 50 });
    const read = await plugin.read(known);
    expect((await plugin.diff(read, declared)).paths).toEqual(["manifest.spec.workerGroupSpecs[1].maxReplicas"]);
    await plugin.update(read, declared);
    expect((await live()).map(({ groupName, replicas, maxReplicas }) => [groupName, replicas, maxReplicas])).toEqual([
      ["cpu", 4, 5],
      ["gpu", 0, 5],
    ]);
  });

  it("keeps where Kueue sent the pods of a cluster that it admitted", async () => {
    const queued = (maxReplicas: number) => {
      const whole = inputs(
        [{ groupName: "cpu", maxReplicas, replicas: 1 }],
        { enableInTreeAutoscaling: false },
        { kueue: true, madeBefore: ["queue"] },
      );
      const manifest = whole["manifest"] as { metadata: Properties } & Properties;
      return { ...whole, manifest: { ...manifest, metadata: { ...manifest.metadata, labels: { "kueue.x-k8s.io/queue-name": "batch" } } } };
    };
    const path = `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${name}`;
    const known = { id: `RayCluster/${namespace}/${name}`, inputs: queued(5), outputs: queued(5) };
    const { manifest } = queued(5);
    await api.call({ method: "POST", path: path.replace(`/${name}`, ""), query: { fieldManager: "kueue" }, body: manifest }, signal);
    await patch(
      { op: "add", path: "/spec/suspend", value: false },
      { op: "add", path: "/spec/workerGroupSpecs/0/template/spec/nodeSelector", value: { flavor: "spot" } },
    );
    await plugin.update(known, queued(7));
    expect(await live()).toMatchObject([{ maxReplicas: 7, template: { spec: { nodeSelector: { flavor: "spot" } } } }]);
  });

  it("names just what is edited, whatever the order of the groups", async () => {
    const known = await plugin.create(inputs([{ groupName: "cpu" }, { groupName: "gpu" }]));
    const edited = inputs([{ groupName: "gpu" }, { groupName: "cpu", maxReplicas: 9 }, { groupName: "new" }]);
    expect((await plugin.diff(known, edited)).paths).toEqual([
      "manifest.spec.workerGroupSpecs[1].maxReplicas",
      "manifest.spec.workerGroupSpecs[2]",
    ]);
    const generation = (await plugin.update(known, edited, true)).outputs;
    expect(generation).toEqual(edited);
    expect((await live())[0]).toMatchObject({ groupName: "cpu", maxReplicas: 5 });
    await plugin.update(known, edited);
    expect((await live()).map(({ groupName, maxReplicas }) => [groupName, maxReplicas])).toEqual([
      ["cpu", 9],
      ["gpu", 5],
      ["new", 5],
    ]);
  });

  it("replaces a cluster of another name or namespace only", async () => {
    const known = await plugin.create(inputs([{ groupName: "cpu" }]));
    name = `${name}-other`;
    expect(await plugin.diff(known, inputs([{ groupName: "cpu" }]))).toEqual({ paths: ["manifest.metadata.name"], replaces: ["manifest"] });
  });

  it("takes a group out in two steps, and says so", async () => {
    const known = await plugin.create(inputs([{ groupName: "cpu" }, { groupName: "old" }]));
    const removePod = await makePod(`${name}-old`, "old");
    const without = inputs([{ groupName: "cpu" }]);
    await plugin.update(known, without, true);
    expect(plugin.said).toEqual([expect.stringMatching(/^worker group old leaves and still has 1 pod\..*autoscaler ends these/)]);
    const first = await plugin.update(known, without);
    expect(first.outputs["leavingGroups"]).toEqual([{ groupName: "old", pods: 1 }]);
    expect((await live()).map(({ groupName }) => groupName)).toEqual(["cpu", "old"]);
    const read = await plugin.read(first);
    expect(read).toEqual(first);
    expect((await plugin.diff(read, without)).paths).toEqual(["leavingGroups"]);
    await removePod();
    const second = await plugin.update(read, without);
    expect((await live()).map(({ groupName }) => groupName)).toEqual(["cpu"]);
    expect((await plugin.diff(second, without)).paths).toEqual([]);
  });

  it("empties a group that leaves where nobody scales, because its pods would be forgotten", async () => {
    const fixed = { enableInTreeAutoscaling: false };
    const known = await plugin.create(
      inputs(
        [
          { groupName: "cpu", replicas: 1 },
          { groupName: "old", replicas: 2 },
        ],
        fixed,
      ),
    );
    const removePod = await makePod(`${name}-old`, "old");
    await plugin.update(known, inputs([{ groupName: "cpu", replicas: 1 }], fixed));
    expect((await live())[1]).toMatchObject({ groupName: "old", replicas: 0, minReplicas: 0 });
    await removePod();
  });

  it("warns of pods that keep their template", async () => {
    const known = await plugin.create(inputs([{ groupName: "cpu" }]));
    const removePod = await makePod(`${name}-cpu`, "cpu");
    const newer = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.61.0" }] } };
    await plugin.update(known, inputs([{ groupName: "cpu", template: newer }]), true);
    expect(plugin.said).toEqual(["worker group cpu: its 1 pod keeps the pod template of before; only new ones get this one."]);
    await removePod();
  });

  it("refuses what the operator would refuse in silence, all of it at once, and passes over what is not known yet", async () => {
    const wrong = inputs([{ groupName: "cpu", minReplicas: 20 }, { groupName: "cpu" }]);
    const failures = await plugin.check(wrong);
    expect(failures).toEqual([
      expect.stringMatching(/workerGroupSpecs\[0\]\.minReplicas: is above maxReplicas.*min-above-max/),
      expect.stringMatching(/workerGroupSpecs\[1\]\.groupName/),
    ]);
    expect(await plugin.check(inputs([{ groupName: UNKNOWN }, { groupName: UNKNOWN, maxReplicas: UNKNOWN }]))).toEqual([]);
    expect(await plugin.check({ manifest: UNKNOWN })).toEqual([]);
    expect(await plugin.check({ manifest: { kind: "Pod" }, timeout: 3 })).not.toEqual([]);
  });

  it("puts a cluster that does not become ready into the state, with the reason", async () => {
    operator.ignored.add(name);
    const declared = inputs([{ groupName: "cpu" }], {}, { timeoutSeconds: 1 });
    const error = await plugin.create(declared).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      details: expect.stringMatching(/is not ready after 1 s: the operator has not acted on generation 1/) as unknown,
    });
    const { metadata } = error as { metadata: { get(key: string): Buffer[] } };
    expect(metadata.get("grpc-status-details-bin")[0]?.toString("latin1")).toContain(`RayCluster/default/${name}`);
  });

  it("does not take over what somebody else made", async () => {
    const { manifest } = inputs([{ groupName: "cpu" }]);
    await api.call({ method: "POST", path: `/apis/ray.io/v1/namespaces/${namespace}/rayclusters`, body: manifest }, signal);
    await expect(plugin.create(inputs([{ groupName: "cpu" }]))).rejects.toThrow(/is there already.*pulumi import .* RayCluster\/default\//);
    const imported = await plugin.read({ id: `RayCluster/default/${name}`, inputs: {}, outputs: {} });
    expect(await plugin.check(imported.inputs)).toEqual([]);
    const groups = (imported.inputs["manifest"] as { spec: { workerGroupSpecs: Properties[] } }).spec.workerGroupSpecs;
    expect(groups).toMatchObject([{ groupName: "cpu", maxReplicas: 5 }]);
    expect(groups[0]).not.toHaveProperty("replicas");
  });

  it("names what is missing around it before anything is made, unless the program makes it", async () => {
    const elsewhere = (rest?: Properties) => {
      const { manifest, ...others } = inputs([{ groupName: "cpu" }], {}, rest);
      const { metadata, ...object } = manifest as { metadata: Properties };
      return { manifest: { ...object, metadata: { ...metadata, namespace: "nowhere" } }, ...others };
    };
    await expect(plugin.create(elsewhere(), true)).rejects.toThrow(
      "namespace nowhere: is not there. Set createNamespace: true, or make it.",
    );
    expect((await plugin.create(elsewhere({ madeBefore: ["namespace"] }), true)).id).toBe("");
    await expect(plugin.create(elsewhere({ madeBefore: ["namespace"] }))).rejects.toThrow("namespace nowhere: is not there");
    const job = { apiVersion: "ray.io/v1", kind: "RayJob", metadata: { name, namespace }, spec: { entrypoint: "true" } };
    await expect(plugin.create({ manifest: job }, true)).rejects.toThrow(
      /^.*RayJob: KubeRay's CRDs there do not have it; got RayCluster\./,
    );
    await expect(plugin.create(inputs([], { enableAutoscaling: true }), true)).rejects.toThrow(
      /field not declared in schema.*upgrade KubeRay's CRDs/s,
    );
  });

  it("says which right is missing, and that there is no API server or no kubeconfig", async () => {
    const stranger = await start({ kubeconfig: plane.strangersKubeconfig });
    await expect(stranger.create(inputs([{ groupName: "cpu" }]), true)).rejects.toThrow(
      /you may not get rayclusters\.ray\.io in namespace default.*you may not list pods in namespace default/s,
    );
    stranger.stop();
    const away = await start({ kubeconfig: plane.kubeconfig.replace(/127\.0\.0\.1:\d+/, "127.0.0.1:1") });
    await expect(away.create(inputs([{ groupName: "cpu" }]), true)).rejects.toThrow(/ECONNREFUSED 127\.0\.0\.1:1/);
    away.stop();
    const unset = await start({}, { KUBECONFIG: "", HOME: folder });
    await expect(unset.create(inputs([{ groupName: "cpu" }]), true)).rejects.toThrow(
      /kubeconfig: is missing, or has no current context\. Set KUBECONFIG/,
    );
    unset.stop();
  });
});
