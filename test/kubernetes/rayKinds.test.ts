import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import { planRayObject } from "../../components/plan/kubernetes/planRayObject";
import { type RayKind, rayKinds } from "../../contract/kuberay/kubeRayFields";
import { plurals, type RayObject } from "../../kuberay-provider/rayObject";
import { InitFailedError, RayObjectProvider } from "../../kuberay-provider/rayObjectProvider";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import type { Properties } from "../../pulumi-protocol/properties";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { exampleSpec } from "./exampleSpecs";
import { until } from "./until";

/** KubeRay's own CRDs, where they are at hand: the project has none of KubeRay's files. */
const kubeRays = rayKinds.map((kind) => resolve(__dirname, `../../../shared/data/kuberay-crds/ray.io_${plurals[kind]}.yaml`));
const own = ["rayClusters", "rayJobs", "rayServices", "rayCronJobs"].map((name) => join(__dirname, "crds", `${name}.yaml`));
const crds = kubeRays.every(existsSync) ? { files: kubeRays, whose: "KubeRay's CRDs" } : { files: own, whose: "the project's CRDs" };
const kueues = ["clusterQueues", "localQueues", "resourceFlavors", "workloadPriorityClasses"];
const skipped = controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ` with ${crds.whose}`;

const { signal } = new AbortController();
const namespace = "default";
const merge = "application/merge-patch+json";
const queueLabel = "kueue.x-k8s.io/queue-name";
const template = { spec: { containers: [{ name: "ray", image: "rayproject/ray:2.60.0" }] } };
const cluster = {
  rayVersion: "2.60.0",
  headGroupSpec: { template, rayStartParams: {} },
  workerGroupSpecs: [{ groupName: "cpu", minReplicas: 0, maxReplicas: 2, replicas: 1, template, rayStartParams: {} }],
};

describe.skipIf(controlPlaneMissing)(`jobs, services, schedules and queues on a real API server${skipped}`, () => {
  let plane: ControlPlane;
  let api: KubeApi;
  let provider: RayObjectProvider;
  const warnings: string[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    api = plane.api;
    provider = new RayObjectProvider(api);
    for (const file of crds.files) await addKind(api, file);
  });
  afterAll(() => plane.stop());
  afterEach(() => warnings.splice(0));

  const options = { preview: false, signal, warn: (message: string) => void warnings.push(message) };

  function inputs(kind: RayKind, name: string, spec: Properties, labels: Properties = {}): Properties {
    const manifest = { apiVersion: "ray.io/v1", kind, metadata: { name, namespace, labels }, spec };
    return { manifest, operatorVersion: "1.7.0", featureGates: { RayCronJob: true }, kueue: true, madeBefore: [], timeoutSeconds: 20 };
  }

  const path = (kind: RayKind, name: string) => `/apis/ray.io/v1/namespaces/${namespace}/${plurals[kind]}/${name}`;
  const live = async (kind: RayKind, name: string) => (await api.call({ method: "GET", path: path(kind, name) }, signal)) as RayObject;

  /** What the operator would write, as soon as the object is there in that generation. */
  async function say(kind: RayKind, name: string, status: (generation: number) => object, generation = 1): Promise<void> {
    await until(async () => ((await live(kind, name).catch(() => undefined))?.metadata.generation ?? 0) >= generation);
    const body = { status: status((await live(kind, name)).metadata.generation ?? 0) };
    await api.call({ method: "PATCH", path: `${path(kind, name)}/status`, contentType: merge, body }, signal);
  }

  it("takes a new job for made when the operator has taken it on, and keeps what Kueue put into its groups", async () => {
    const spec = { entrypoint: "a", shutdownAfterJobFinishes: true, rayClusterSpec: cluster };
    const [made] = await Promise.all([
      provider.create(inputs("RayJob", "job", spec), options),
      say("RayJob", "job", () => ({ jobDeploymentStatus: "Initializing" })),
    ]);
    expect(made).toMatchObject({ id: "RayJob/default/job", outputs: { headServiceName: "job-head-svc" } });
    const nodeSelector = { pool: "spot" };
    const value = { ...template, spec: { ...template.spec, nodeSelector } };
    const body = [{ op: "replace", path: "/spec/rayClusterSpec/workerGroupSpecs/0/template", value }];
    await api.call({ method: "PATCH", path: path("RayJob", "job"), contentType: "application/json-patch+json", body }, signal);
    const slower = inputs("RayJob", "job", { ...spec, activeDeadlineSeconds: 90 });
    await provider.update(inputs("RayJob", "job", spec), slower, options);
    expect(await live("RayJob", "job")).toMatchObject({
      spec: { activeDeadlineSeconds: 90, rayClusterSpec: { workerGroupSpecs: [{ template: { spec: { nodeSelector } } }] } },
    });
  });

  it("says why the operator refuses a job, and makes it anew when it is mended", async () => {
    const spec = { entrypoint: "a", rayClusterSpec: cluster };
    const status = { jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message: "no good" };
    const creating = provider.create(inputs("RayJob", "bad", spec), options);
    const [failure] = await Promise.all([
      creating.then(
        () => undefined,
        (error: unknown) => error,
      ),
      say("RayJob", "bad", () => status),
    ]);
    expect(failure).toBeInstanceOf(InitFailedError);
    expect(String(failure)).toContain("the operator refuses it: ValidationFailed: no good.");
    const { uid } = (await live("RayJob", "bad")).metadata as unknown as { uid: string };
    const mended = inputs("RayJob", "bad", { ...spec, ttlSecondsAfterFinished: 0 });
    const isNew = async () => ((await live("RayJob", "bad").catch(() => undefined))?.metadata as { uid?: string } | undefined)?.uid !== uid;
    await Promise.all([
      provider.update(inputs("RayJob", "bad", spec), mended, options),
      until(isNew).then(() => say("RayJob", "bad", () => ({ jobDeploymentStatus: "Running" }))),
    ]);
    expect(warnings.join("\n")).toContain("RayJob default/bad: is made anew: the operator refused it");
  });

  it("waits until a service serves, and tells where it stands when it does not", async () => {
    const spec = { serveConfigV2: "applications: []", rayClusterConfig: cluster };
    const condition = (status: string) => ({
      type: "Ready",
      status,
      reason: status === "True" ? "NonZeroServeEndpoints" : "Initializing",
      message: "as it is",
      lastTransitionTime: new Date().toISOString(),
    });
    const serving = (observedGeneration: number) => ({
      observedGeneration,
      conditions: [condition("True")],
      activeServiceStatus: { rayClusterName: "service-a", applicationStatuses: { fruit: { status: "RUNNING" } } },
    });
    const [made] = await Promise.all([
      provider.create(inputs("RayService", "service", spec), options),
      say("RayService", "service", serving),
    ]);
    expect(made.outputs).toMatchObject({ headServiceName: "service-head-svc" });
    const next = { ...inputs("RayService", "service", { ...spec, rayClusterDeletionDelaySeconds: 9 }), timeoutSeconds: 1 };
    const waiting = (observedGeneration: number) => ({ observedGeneration, conditions: [condition("False")] });
    const updating = provider.update(inputs("RayService", "service", spec), next, options);
    const said = await Promise.all([
      updating.then(
        () => "",
        (error: unknown) => String(error),
      ),
      say("RayService", "service", waiting, 2),
    ]);
    expect(said[0]).toContain("RayService default/service: is not serving after 1 s: Ready is False (Initializing: as it is)");
  });

  it("takes a schedule that nobody refuses, and shows the operator's refusal of another", async () => {
    const spec = { schedule: "@daily", jobTemplate: { entrypoint: "a", rayClusterSpec: cluster } };
    await provider.create(inputs("RayCronJob", "nightly", spec), options);
    const refuse = async () => {
      const { uid } = (await until(() => live("RayCronJob", "wrong").catch(() => undefined))).metadata as unknown as { uid: string };
      const involvedObject = { apiVersion: "ray.io/v1", kind: "RayCronJob", name: "wrong", namespace, uid };
      const event = { metadata: { name: "wrong.1" }, involvedObject, type: "Warning", reason: "InvalidRayCronJobSpec", message: "no good" };
      const lastTimestamp = new Date().toISOString().replace(/\.\d+Z$/, "Z");
      await api.call({ method: "POST", path: `/api/v1/namespaces/${namespace}/events`, body: { ...event, lastTimestamp } }, signal);
    };
    const creating = provider.create(inputs("RayCronJob", "wrong", spec), options);
    const [said] = await Promise.all([
      creating.then(
        () => "",
        (error: unknown) => String(error),
      ),
      refuse(),
    ]);
    expect(said).toContain("RayCronJob default/wrong: the operator refuses it: InvalidRayCronJobSpec: no good. No job is started.");
  });

  describe("with queues", () => {
    const queued = inputs(
      "RayJob",
      "queued",
      { entrypoint: "a", shutdownAfterJobFinishes: true, rayClusterSpec: cluster },
      {
        [queueLabel]: "team",
      },
    );
    const preview = { ...options, preview: true };

    it("names Kueue where it is absent, and then the queue, before anything is made", async () => {
      await expect(provider.create(queued, preview)).rejects.toThrow(
        "RayJob default/queued: waits in the queue team, and there is no Kueue in the cluster. Install Kueue, or remove kueue.",
      );
      for (const name of kueues) await addKind(api, join(__dirname, "crds", `${name}.yaml`));
      await expect(provider.create(queued, preview)).rejects.toThrow(
        "waits in the queue team, and namespace default has none of that name",
      );
      expect(await provider.create({ ...queued, madeBefore: ["queue"] }, preview)).toMatchObject({ id: "" });
    });

    it("takes the planned objects of every kind as they are", async () => {
      const collections: Readonly<Record<string, string>> = {
        PriorityClass: "/apis/scheduling.k8s.io/v1/priorityclasses",
        ResourceFlavor: "/apis/kueue.x-k8s.io/v1beta2/resourceflavors",
        WorkloadPriorityClass: "/apis/kueue.x-k8s.io/v1beta2/workloadpriorityclasses",
        ClusterQueue: "/apis/kueue.x-k8s.io/v1beta2/clusterqueues",
        LocalQueue: `/apis/kueue.x-k8s.io/v1beta2/namespaces/${namespace}/localqueues`,
      };
      const { objects } = planKubernetesCluster(exampleSpec("kueue"));
      const wide = objects.filter(({ kind }) => Object.hasOwn(collections, kind));
      expect(wide.map(({ kind }) => kind)).toEqual([
        "PriorityClass",
        ...["ResourceFlavor", "ResourceFlavor", "WorkloadPriorityClass", "WorkloadPriorityClass"],
        ...["ClusterQueue", "LocalQueue"],
      ]);
      const strict = { fieldValidation: "Strict" };
      const here = <Planned extends KubernetesObject>(object: Planned) =>
        object.metadata.namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
      for (const object of wide) {
        await api.call({ method: "POST", path: collections[object.kind] ?? "", query: strict, body: here(object) }, signal);
      }
      for (const name of ["job", "service", "kueue"]) {
        const ray = here(planRayObject(exampleSpec(name)));
        const collection = `/apis/ray.io/v1/namespaces/${namespace}/${plurals[ray.kind]}`;
        await api.call({ method: "POST", path: collection, query: { ...strict, dryRun: "All" }, body: ray }, signal);
      }
      // The queue of the example is there now.
      expect(await provider.create(queued, preview)).toMatchObject({ outputs: { manifest: { metadata: { name: "queued" } } } });
    });

    it("does not wait for a job that Kueue holds", async () => {
      const held = inputs(
        "RayJob",
        "held",
        { entrypoint: "a", shutdownAfterJobFinishes: true, suspend: true, rayClusterSpec: cluster },
        {
          [queueLabel]: "team",
        },
      );
      expect(await provider.create(held, options)).toMatchObject({ id: "RayJob/default/held" });
    });
  });
});
