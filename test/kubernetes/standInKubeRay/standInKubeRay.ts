import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { RayClusterSpec } from "../../../contract/kuberay/rayClusterSpec";
import { KubernetesError } from "../../../kubernetes-api/kubernetesError";
import type { ControlPlane } from "../controlPlane";
import { headServiceName, type PodObject } from "./clusterPod";
import { clusterStatus } from "./clusterStatus";
import { type LiveCluster, type LiveJob, type LiveMetadata, type LivePod, ownerReference } from "./liveObjects";
import { type Dashboards, reconcileJob } from "./reconcileJob";
import { reconcilePods } from "./reconcilePods";
import { refusalOf } from "./refusal";

type Api = ControlPlane["api"];
const CUSTOM = "/apis/ray.io/v1";
const TICK_MS = 100;
const headPorts = { "gcs-server": 6379, dashboard: 8265, client: 10_001, serve: 8000, metrics: 8080 };

export interface StandInKubeRayOptions {
  /** How the dashboards of heads are reached, for jobs. @default they are not, and jobs stay as they are */
  readonly dashboards?: Dashboards;
}

/**
 * A stand-in for KubeRay's operator: a loop that makes of RayClusters and RayJobs what the real one was seen to make of them, traps included. Written from observations of release
 * 1.7.0, not from its code. It knows no RayService, no RayCronJob, no rights for Ray's autoscaler, no ingress, no GCS storage, and of RayJobs what {@link reconcileJob} says.
 */
export class StandInKubeRay {
  /** How often it has looked at everything. */
  rounds = 0;
  /** What went wrong in its own calls, newest last. */
  readonly problems: string[] = [];
  readonly #api: Api;
  readonly #dashboards: Dashboards | undefined;
  readonly #stopped = new AbortController();
  readonly #refused = new Map<string, number>();
  /** What the API server said of pods, without names, which are new each time. */
  readonly #untaken = new Set<string>();
  readonly #loop: Promise<void>;

  constructor(api: Api, { dashboards }: StandInKubeRayOptions = {}) {
    this.#api = api;
    this.#dashboards = dashboards;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      for (const { metadata, ...cluster } of await this.#list<LiveCluster>("rayclusters")) {
        await this.#apart(async () => await this.#cluster({ metadata, ...cluster }));
      }
      for (const job of await this.#list<LiveJob>("rayjobs")) await this.#apart(async () => await this.#job(job));
      this.rounds += 1;
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One object's trouble is not another's. */
  async #apart(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.problems.push(error instanceof Error ? error.message : String(error));
    }
  }

  /** Empty where the kind is not known, or the API server is away. */
  async #list<Live extends { readonly metadata: LiveMetadata }>(plural: string): Promise<readonly Live[]> {
    const items = await this.#call("GET", `${CUSTOM}/${plural}`).then(
      (answer) => (answer as { items: Live[] }).items,
      () => [],
    );
    return items.filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp === undefined);
  }

  async #cluster(cluster: LiveCluster): Promise<void> {
    const { metadata, spec } = cluster;
    if (await this.#refuses("RayCluster", cluster)) return;
    const pods = `/api/v1/namespaces/${metadata.namespace}/pods`;
    const all = await this.#pods(pods);
    await this.#furnish(metadata, spec, all);
    const { make, end } = reconcilePods(cluster, all);
    for (const name of end) await this.#call("DELETE", `${pods}/${name}`).catch(unlessGone);
    for (const pod of make) await this.#makePod(cluster, pod);
    const said = clusterStatus(cluster, make.length + end.length > 0 ? await this.#pods(pods) : all);
    await this.#say("rayclusters", cluster, said);
  }

  /** One that the API server does not take is tried again for ever, with an event. */
  async #makePod({ metadata }: LiveCluster, pod: PodObject): Promise<void> {
    try {
      await this.#call("POST", `/api/v1/namespaces/${metadata.namespace}/pods`, pod);
    } catch (error) {
      if (!(error instanceof KubernetesError) || error.status !== 422) throw error;
      if (this.#untaken.has(error.message.replaceAll(/"[^"]*"/g, ""))) return;
      this.#untaken.add(error.message.replaceAll(/"[^"]*"/g, ""));
      const reason = pod.metadata.labels["ray.io/node-type"] === "head" ? "FailedToCreateHeadPod" : "FailedToCreateWorkerPod";
      await this.#warn("RayCluster", metadata, { reason, message: error.message });
    }
  }

  async #pods(path: string): Promise<readonly LivePod[]> {
    return ((await this.#call("GET", path)) as { items: LivePod[] }).items;
  }

  async #job(job: LiveJob): Promise<void> {
    const { metadata } = job;
    const refusal = refusalOf({ apiVersion: "ray.io/v1", kind: "RayJob", ...job });
    if (refusal !== undefined) {
      const message = `${refusal.path}: ${refusal.problem}`;
      await this.#say("rayjobs", job, { jobDeploymentStatus: "ValidationFailed", reason: "ValidationFailed", message });
      return;
    }
    const status = await reconcileJob(job, {
      call: async (method, path, body) => await this.#call(method, path, body),
      ...(this.#dashboards === undefined ? {} : { dashboards: this.#dashboards }),
    });
    await this.#say("rayjobs", job, { observedGeneration: metadata.generation ?? 0, ...status });
  }

  /** In silence, but for one event for each generation. */
  async #refuses(kind: "RayCluster", { metadata, spec }: LiveCluster): Promise<boolean> {
    const refusal = refusalOf({ apiVersion: "ray.io/v1", kind, metadata, spec });
    if (refusal === undefined) return false;
    if (this.#refused.get(metadata.uid) !== metadata.generation) {
      this.#refused.set(metadata.uid, metadata.generation ?? 0);
      const reason = refusal.path.startsWith("metadata") ? "InvalidRayClusterMetadata" : "InvalidRayClusterSpec";
      await this.#warn(kind, metadata, { reason, message: `${refusal.path}: ${refusal.problem}` });
    }
    return true;
  }

  async #warn(
    kind: string,
    { name, namespace, uid }: LiveMetadata,
    event: { readonly reason: string; readonly message: string },
  ): Promise<void> {
    const now = new Date().toISOString();
    const involvedObject = { apiVersion: "ray.io/v1", kind, name, namespace, uid };
    const metadata = { generateName: `${name}.`, namespace };
    const times = { firstTimestamp: now, lastTimestamp: now, count: 1, source: { component: "raycluster-controller" } };
    await this.#call("POST", `/api/v1/namespaces/${namespace}/events`, { metadata, involvedObject, type: "Warning", ...times, ...event });
  }

  /** The head's service, the token, and the account of Ray's autoscaler, which may do nothing here. */
  async #furnish(
    metadata: LiveMetadata,
    { headGroupSpec, authOptions, enableInTreeAutoscaling }: RayClusterSpec,
    pods: readonly LivePod[],
  ): Promise<void> {
    const isFurnished = pods.some(({ metadata: { labels } }) => labels?.["ray.io/cluster"] === metadata.name);
    if (isFurnished) return;
    const { name, namespace } = metadata;
    const owned = { namespace, ownerReferences: [ownerReference("RayCluster", metadata)] };
    const ports = Object.entries(headPorts).map(([portName, port]) => ({ name: portName, port }));
    const selector = { "ray.io/cluster": name, "ray.io/node-type": "head" };
    const type = headGroupSpec.serviceType ?? "ClusterIP";
    await this.#make(`/api/v1/namespaces/${namespace}/services`, {
      metadata: { ...owned, name: headServiceName(name) },
      spec: { type, ...(type === "ClusterIP" ? { clusterIP: "None" } : {}), selector, ports },
    });
    if (enableInTreeAutoscaling === true && headGroupSpec.template.spec?.serviceAccountName === undefined) {
      await this.#make(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { ...owned, name } });
    }
    if (authOptions?.mode === "token" && authOptions.secretName === undefined) {
      const stringData = { auth_token: randomBytes(32).toString("hex") };
      await this.#make(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { ...owned, name }, stringData });
    }
  }

  async #make(path: string, body: object): Promise<void> {
    await this.#call("POST", path, body).catch((error: unknown) => {
      if (!String(error).includes("already exists")) throw error;
    });
  }

  async #say(plural: string, live: LiveCluster | LiveJob, status: Readonly<Record<string, unknown>>): Promise<void> {
    const { name, namespace } = live.metadata;
    const isNews = Object.entries(status).some(([key, value]) => JSON.stringify(live.status?.[key] ?? null) !== JSON.stringify(value));
    if (!isNews) return;
    await this.#call("PATCH", `${CUSTOM}/namespaces/${namespace}/${plural}/${name}/status`, { status });
  }

  async #call(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<unknown> {
    const query: Record<string, string> = method === "GET" || method === "DELETE" ? {} : { fieldManager: "kuberay-operator" };
    const contentType = method === "PATCH" ? { contentType: "application/merge-patch+json" } : {};
    return await this.#api.call({ method, path, query, ...contentType, ...(body === undefined ? {} : { body }) }, this.#stopped.signal);
  }
}

function unlessGone(error: unknown): void {
  if (!String(error).includes("not found")) throw error;
}
