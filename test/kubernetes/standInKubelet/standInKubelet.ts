import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startForward } from "../../../emulator/cloud/forwarder";
import type { Machine } from "../../../emulator/metal/machine";
import { freePort } from "../../support/freePort";
import type { ControlPlane } from "../controlPlane";
import { type BoundPod, environmentOf } from "./boundPod";
import { type PodHost, sessionSocket, startPod } from "./podMachine";
import { type PodNetwork, startPodNetwork } from "./podNetwork";

const TICK_MS = 200;
const PROBE_MS = 2_000;
/** Of a worker's dashboard agent, which answers when its raylet is up. */
const WORKER_PROBE_PORT = 52_365;
const HEAD_PORTS = [8265, 6379] as const;

/** A pod that runs here. */
interface RunningPod {
  readonly pod: BoundPod;
  readonly podIP: string;
  readonly machine: Machine;
  /** Ports of loopback here, by the pod's own. */
  readonly ports: ReadonlyMap<number, number>;
  readonly servers: readonly Server[];
  phase: "Running" | "Succeeded" | "Failed";
  isReady: boolean;
}

/**
 * A stand-in for the kubelets of all nodes, for pods that run Ray: each is a set of processes with a network, files and process ids of its own, which run what the pod's first container
 * says, with the Ray that is installed here. Not played: images, volumes, limits, probes, restarts, other containers; a worker waits for its head, as KubeRay's init container does.
 */
export class StandInKubelet {
  /** What went wrong, newest last. */
  readonly problems: string[] = [];
  readonly #api: ControlPlane["api"];
  readonly #host: PodHost;
  readonly #network: PodNetwork;
  readonly #running = new Map<string, RunningPod>();
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  #started = 0;
  #isStarting = false;

  private constructor(api: ControlPlane["api"], host: PodHost) {
    this.#api = api;
    this.#host = host;
    this.#network = host.network;
    this.#loop = this.#run();
  }

  static async start(api: ControlPlane["api"]): Promise<StandInKubelet> {
    const projectDirectory = resolve(__dirname, "../../..");
    const directory = await mkdtemp(join(tmpdir(), "rfk-"));
    await mkdir(join(directory, "stage"));
    return new StandInKubelet(api, { projectDirectory, directory, network: await startPodNetwork(projectDirectory) });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
    for (const { machine } of this.#running.values()) machine.pullPlug();
    await Promise.all([...this.#running.values()].map(async (running) => await forget(running)));
    await this.#network.stop();
    await rm(this.#host.directory, { recursive: true, force: true });
  }

  /** Folder with the logs of pods, one folder each. */
  get logs(): string {
    return join(this.#host.directory, "logs");
  }

  /** Address of the head's dashboard as this process reaches it; undefined while the head is not ready. */
  dashboardUrl(namespace: string, clusterName: string): Promise<string | undefined> {
    const port = this.#head(namespace, clusterName)?.ports.get(8265);
    return Promise.resolve(port === undefined ? undefined : `http://127.0.0.1:${port}`);
  }

  /** Address of the head's control store as this process reaches it; undefined while the head is not ready. */
  gcsAddress(namespace: string, clusterName: string): string | undefined {
    const port = this.#head(namespace, clusterName)?.ports.get(6379);
    return port === undefined ? undefined : `127.0.0.1:${port}`;
  }

  #head(namespace: string, clusterName: string): RunningPod | undefined {
    return [...this.#running.values()].find(
      ({ isReady, pod: { metadata } }) =>
        isReady &&
        metadata.namespace === namespace &&
        metadata.labels?.["ray.io/cluster"] === clusterName &&
        metadata.labels["ray.io/node-type"] === "head",
    );
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#tick().catch((error: unknown) => this.#note(error));
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #note(error: unknown): void {
    if (!this.#stopped.signal.aborted) this.problems.push(error instanceof Error ? error.message : String(error));
  }

  async #tick(): Promise<void> {
    const query = { fieldSelector: "spec.nodeName!=" };
    const { items } = (await this.#api.call({ method: "GET", path: "/api/v1/pods", query }, this.#stopped.signal)) as { items: BoundPod[] };
    const pods = items.filter(isOurs);
    await Promise.all(pods.map(async (pod) => await this.#pod(pod).catch((error: unknown) => this.#note(error))));
    const listed = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, running] of this.#running) if (!listed.has(uid)) await this.#end(uid, running);
  }

  async #pod(pod: BoundPod): Promise<void> {
    const { metadata, status } = pod;
    const running = this.#running.get(metadata.uid);
    if (metadata.deletionTimestamp !== undefined) {
      if (running !== undefined) await this.#end(metadata.uid, running);
      const query = { gracePeriodSeconds: "0" };
      await this.#api.call({ method: "DELETE", path: pathOf(pod), query }, this.#stopped.signal).catch(unlessGone);
      return;
    }
    if (running !== undefined) return await this.#look(running);
    if ((status?.phase ?? "Pending") === "Pending" && this.#mayStart(pod)) {
      this.#isStarting = true;
      await this.#start(pod).finally(() => (this.#isStarting = false));
    }
  }

  /** Workers one after the other: Ray gives a start half a minute, which on a busy machine is not enough for several at once. */
  #mayStart({ metadata: { labels = {}, namespace } }: BoundPod): boolean {
    if (labels["ray.io/node-type"] !== "worker") return true;
    const isOneStarting = [...this.#running.values()].some(({ phase, isReady }) => phase === "Running" && !isReady);
    return !this.#isStarting && !isOneStarting && this.#head(namespace, labels["ray.io/cluster"] ?? "") !== undefined;
  }

  async #start(pod: BoundPod): Promise<void> {
    this.#started += 1;
    const number = this.#started;
    const podIP = `10.244.${1 + Math.floor(number / 250)}.${1 + (number % 250)}`;
    const { namespace, labels = {} } = pod.metadata;
    const environment = await environmentOf(pod, { podIP, secret: async (name, key) => await this.#secret(namespace, name, key) });
    const machine = await startPod(this.#host, { pod, podIP, number, environment, hosts: await this.#hosts(namespace) });
    const wanted = { head: HEAD_PORTS, worker: [WORKER_PROBE_PORT] }[labels["ray.io/node-type"] ?? ""] ?? [];
    const forwards = await Promise.all(
      wanted.map(async (port) => {
        const target = { preferredPort: await freePort(), socketPath: sessionSocket(this.#host, number), greeting: `${port}\n` };
        return { own: port, ...(await startForward(target)) };
      }),
    );
    const ports = new Map(forwards.map(({ own, port }) => [own, port]));
    const running: RunningPod = {
      pod,
      podIP,
      machine,
      ports,
      servers: forwards.map(({ server }) => server),
      phase: "Running",
      isReady: false,
    };
    this.#running.set(pod.metadata.uid, running);
    await this.#say(running);
  }

  async #look(running: RunningPod): Promise<void> {
    const { machine, ports, phase, isReady } = running;
    if (machine.userDataCode !== undefined) running.phase = machine.userDataCode === 0 ? "Succeeded" : "Failed";
    const [probe] = ports.values();
    running.isReady = running.phase === "Running" && (isReady || probe === undefined || (await answers(probe)));
    if (running.phase !== phase || running.isReady !== isReady) await this.#say(running);
  }

  async #end(uid: string, running: RunningPod): Promise<void> {
    this.#running.delete(uid);
    await running.machine.powerOff();
    await forget(running);
  }

  /** Names of services, as the cluster's own name server would give them. */
  async #hosts(namespace: string): Promise<ReadonlyMap<string, string>> {
    const path = `/api/v1/namespaces/${namespace}/services`;
    const { items } = (await this.#api.call({ method: "GET", path }, this.#stopped.signal)) as {
      items: { metadata: { name: string }; spec: { selector?: Record<string, string> } }[];
    };
    const there = [...this.#running.values()].filter(({ pod }) => pod.metadata.namespace === namespace);
    return new Map(
      items.flatMap(({ metadata: { name }, spec: { selector = {} } }) => {
        const found = there.find(({ pod }) => Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value));
        return found === undefined
          ? []
          : [`${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}.svc`, name].map((host) => [host, found.podIP] as const);
      }),
    );
  }

  async #secret(namespace: string, name: string, key: string): Promise<string | undefined> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
    const { data = {} } = (await this.#api.call({ method: "GET", path }, this.#stopped.signal)) as { data?: Record<string, string> };
    const value = data[key];
    return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
  }

  async #say({ pod, podIP, phase, isReady, machine }: RunningPod): Promise<void> {
    const now = new Date().toISOString();
    const condition = (type: string, is: boolean) => ({ type, status: is ? "True" : "False", lastTransitionTime: now });
    const { name, image } = pod.spec.containers[0];
    const state =
      phase === "Running" ? { running: { startedAt: now } } : { terminated: { exitCode: machine.userDataCode ?? 0, finishedAt: now } };
    const containerStatuses = [{ name, image, imageID: "", ready: isReady, started: true, restartCount: 0, state }];
    const conditions = [condition("Initialized", true), condition("ContainersReady", isReady), condition("Ready", isReady)];
    const status = { phase, podIP, podIPs: [{ ip: podIP }], startTime: now, conditions, containerStatuses };
    const contentType = "application/strategic-merge-patch+json";
    await this.#api
      .call({ method: "PATCH", path: `${pathOf(pod)}/status`, contentType, body: { status } }, this.#stopped.signal)
      .catch(unlessGone);
  }
}

function isOurs({ metadata: { labels = {}, ownerReferences = [] } }: BoundPod): boolean {
  return labels["ray.io/is-ray-node"] === "yes" || ownerReferences.some(({ kind }) => kind === "Job");
}

function pathOf({ metadata: { namespace, name } }: BoundPod): string {
  return `/api/v1/namespaces/${namespace}/pods/${name}`;
}

async function forget({ servers, machine }: RunningPod): Promise<void> {
  for (const server of servers) server.close();
  await machine.ended;
}

/** Any answer is one: it may be that it wants a token. */
async function answers(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const call = request({ host: "127.0.0.1", port, path: "/", timeout: PROBE_MS, headers: { connection: "close" } }, (incoming) => {
      incoming.resume();
      done(true);
    });
    call.once("timeout", () => call.destroy(new Error("no answer")));
    call.once("error", () => done(false));
    call.end();
  });
}

function unlessGone(error: unknown): void {
  if (!String(error).includes("not found")) throw error;
}
