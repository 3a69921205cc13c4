import type { LiveCluster, LiveGroup, LivePod } from "../../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import type { FakeClock } from "../fakeClock";
import { MemoryKubeApi, type StoredCluster } from "./memoryKubeApi";

const NAMESPACE = "ray";
const LAUNCH_SECONDS = 5;
const TERMINATE_SECONDS = 4;
/** How often whoever should bring nodes says again that it does not. */
const REFUSE_EVERY_SECONDS = 10;

/** Who chose a pod to end. `surplus`: the operator, any of those that are more than the replicas. */
type PodEnd = "hand" | "named" | "surplus" | "ended" | "suspended";

interface PodLife {
  readonly groupName: string;
  scheduledMs?: number;
  deletedMs?: number;
  refusedMs?: number;
}

/**
 * KubeRay's operator, a scheduler and a kubelet over {@link MemoryKubeApi}, by the clock, and as far as the agent depends on them: what the operator 1.7.0 does with
 * replicas, workersToDelete and pods that end, as its own code has it. Only Ray's autoscaler keeps it from choosing pods to end by itself; it counts pods that are
 * being deleted unless they are named; it ends whatever is named.
 */
export class MemoryKubeRay {
  readonly api = new MemoryKubeApi();
  readonly #clock: FakeClock;
  readonly #lives = new Map<string, PodLife>();
  /** Pods of a group that may have nodes; absent: any number. */
  readonly capacity = new Map<string, number>();
  /** False: the operator does nothing, as when it is being upgraded. */
  operatorRuns = true;
  /** What the API server says when the operator makes a pod; undefined: it may. */
  refuseCreation: string | undefined;
  /** Pods that were told to end, in order, with who chose them. */
  readonly ends: { readonly name: string; readonly by: PodEnd; readonly phase: string }[] = [];
  #made = 0;
  #status = "";

  constructor(clock: FakeClock) {
    this.#clock = clock;
    this.api.settle = () => this.#settle();
  }

  /** A new RayCluster with the head's pod. */
  makeCluster(name: string, groups: readonly LiveGroup[], spec: LiveCluster["spec"] = {}): StoredCluster {
    const labels = { "ray.io/cluster": name, "ray.io/node-type": "head", "ray.io/group": "headgroup" };
    const head = { metadata: { name: `${name}-head-abcde`, labels }, spec: { nodeName: "node-1", containers: [{ name: "ray-head" }] } };
    this.api.pods.set(head.metadata.name, { ...head, status: { phase: "Running" } });
    const metadata = { name, namespace: NAMESPACE, uid: `uid-of-${name}` };
    return this.api.keep({ metadata, spec: { enableInTreeAutoscaling: false, ...spec, workerGroupSpecs: groups } });
  }

  /** Somebody edits the cluster by hand. */
  edit(name: string, change: (spec: NonNullable<LiveCluster["spec"]>) => LiveCluster["spec"]): StoredCluster {
    const before = this.api.clusters.get(name);
    if (before === undefined) throw new Error(`memoryKubeRay: there is no cluster "${name}"`);
    return this.api.keep({ ...before, spec: change(before.spec ?? {}) ?? {} });
  }

  /** As `kubectl delete pod`, an eviction, or a node that goes. */
  deletePod(name: string): void {
    this.#settle();
    this.#delete(name, "hand");
  }

  /** Changes what the pod is, as a kubelet would. */
  changePod(name: string, change: (pod: LivePod) => LivePod): void {
    const pod = this.api.pods.get(name);
    if (pod !== undefined) this.api.pods.set(name, change(pod));
  }

  /** Pods of the group that are not being deleted, oldest first. */
  podNames(groupName: string): readonly string[] {
    this.#settle();
    return [...this.#lives].filter(([, life]) => life.groupName === groupName && life.deletedMs === undefined).map(([name]) => name);
  }

  #settle(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [name, { deletedMs }] of this.#lives) {
      if (deletedMs === undefined || nowMs - deletedMs < TERMINATE_SECONDS * 1000) continue;
      this.#lives.delete(name);
      this.api.pods.delete(name);
    }
    if (this.operatorRuns) for (const cluster of this.api.clusters.values()) this.#reconcile(cluster);
    for (const [name, life] of this.#lives) this.#run(name, life, nowMs);
    if (this.operatorRuns) this.#writeStatus();
  }

  #reconcile({ metadata, spec = {} }: StoredCluster): void {
    for (const group of spec.workerGroupSpecs ?? []) {
      const own = this.#podsOf(metadata.name, group.groupName ?? "");
      if (group.suspend === true || spec.suspend === true) {
        for (const name of own) this.#delete(name, "suspended");
        continue;
      }
      const ended = own.filter((name) => ["Failed", "Succeeded"].includes(this.api.pods.get(name)?.status?.phase ?? ""));
      for (const name of ended) this.#delete(name, "ended");
      const named = (group.scaleStrategy?.workersToDelete ?? []).filter((name) => this.api.pods.has(name));
      for (const name of named) this.#delete(name, "named");
      const counted = own.filter((name) => !named.includes(name));
      const missing = desiredOf(group) - counted.length;
      for (let index = 0; index < missing && this.#create(metadata.name, group); index += 1);
      if (spec.enableInTreeAutoscaling === true) continue;
      for (const name of counted.slice(0, Math.max(0, -missing))) this.#delete(name, "surplus");
    }
  }

  #writeStatus(): void {
    const running = [...this.api.pods.values()].filter(({ status }) => status?.phase === "Running").map(({ metadata }) => metadata.name);
    const status = running.sort().join();
    if (status === this.#status) return;
    this.#status = status;
    for (const name of this.api.clusters.keys()) this.api.touch(name);
  }

  #podsOf(clusterName: string, groupName: string): string[] {
    const pods = [...this.api.pods.values()].filter(
      ({ metadata: { labels } }) => labels?.["ray.io/cluster"] === clusterName && labels["ray.io/group"] === groupName,
    );
    return pods.map(({ metadata }) => metadata.name);
  }

  #create(clusterName: string, { groupName = "" }: LiveGroup): boolean {
    this.#made += 1;
    const name = `${clusterName}-${groupName}-worker-${String(this.#made).padStart(5, "0")}`;
    if (this.refuseCreation !== undefined) {
      const said = `Failed to create worker Pod for the cluster ${NAMESPACE}/${clusterName}, pods "${name}" is forbidden: ${this.refuseCreation}`;
      this.#say({ kind: "RayCluster", name: clusterName }, "FailedToCreateWorkerPod", said);
      return false;
    }
    const labels = { "ray.io/cluster": clusterName, "ray.io/node-type": "worker", "ray.io/group": groupName };
    const nodeSelector = { "node.kubernetes.io/instance-type": "m7i.large", "topology.kubernetes.io/zone": "us-east-1a" };
    this.#lives.set(name, { groupName });
    this.api.pods.set(name, {
      metadata: { name, labels, creationTimestamp: this.#now() },
      spec: { nodeSelector, containers: [{ name: "ray-worker" }] },
      status: { phase: "Pending" },
    });
    this.#say({ kind: "RayCluster", name: clusterName }, "CreatedWorkerPod", `Created worker Pod ${NAMESPACE}/${name}`);
    return true;
  }

  #delete(name: string, by: PodEnd): void {
    const [pod, life] = [this.api.pods.get(name), this.#lives.get(name)];
    if (pod === undefined || life?.deletedMs !== undefined) return;
    this.ends.push({ name, by, phase: pod.status?.phase ?? "" });
    this.api.pods.set(name, { ...pod, metadata: { ...pod.metadata, deletionTimestamp: this.#now() } });
    if (life === undefined) this.#lives.set(name, { groupName: "", deletedMs: this.#clock.monotonicMs() });
    else life.deletedMs = this.#clock.monotonicMs();
    const cluster = pod.metadata.labels?.["ray.io/cluster"] ?? "";
    this.#say({ kind: "RayCluster", name: cluster }, "DeletedWorkerPod", `Deleted pod ${NAMESPACE}/${name}`);
  }

  #run(name: string, life: PodLife, nowMs: number): void {
    const pod = this.api.pods.get(name);
    if (pod === undefined || life.deletedMs !== undefined || pod.status?.phase !== "Pending") return;
    if (life.scheduledMs === undefined && this.#hasRoom(life.groupName)) {
      life.scheduledMs = nowMs;
      const conditions = [{ type: "PodScheduled", status: "True", lastTransitionTime: this.#now() }];
      this.api.pods.set(name, { ...pod, spec: { ...pod.spec, nodeName: "node-1" }, status: { phase: "Pending", conditions } });
    }
    if (life.scheduledMs === undefined) {
      this.#refuse(pod, life, nowMs);
      return;
    }
    const scheduled = this.api.pods.get(name) ?? pod;
    if (nowMs - life.scheduledMs >= LAUNCH_SECONDS * 1000) {
      this.api.pods.set(name, { ...scheduled, status: { ...scheduled.status, phase: "Running" } });
    }
  }

  #hasRoom(groupName: string): boolean {
    const withNode = [...this.#lives.values()].filter((life) => life.groupName === groupName && life.scheduledMs !== undefined);
    return withNode.length < (this.capacity.get(groupName) ?? Number.POSITIVE_INFINITY);
  }

  #refuse(pod: LivePod, life: PodLife, nowMs: number): void {
    if (nowMs - (life.refusedMs ?? Number.NEGATIVE_INFINITY) < REFUSE_EVERY_SECONDS * 1000) return;
    const message =
      "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    const [before] = pod.status?.conditions ?? [];
    const lastTransitionTime = before?.lastTransitionTime ?? this.#now();
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime }];
    this.api.pods.set(pod.metadata.name, { ...pod, status: { phase: "Pending", conditions } });
    life.refusedMs = nowMs;
    const of = { kind: "Pod", name: pod.metadata.name };
    this.#say(of, "NotTriggerScaleUp", "pod didn't trigger scale-up: 1 in backoff after failed scale-up");
  }

  #say(involvedObject: { kind: string; name: string }, reason: string, message: string): void {
    this.api.events.push({ involvedObject, reason, message, lastTimestamp: this.#now() });
  }

  #now(): string {
    return new Date(this.#clock.epochMs()).toISOString();
  }
}

function desiredOf({ minReplicas = 0, maxReplicas = Number.POSITIVE_INFINITY, replicas = 0 }: LiveGroup): number {
  return Math.max(minReplicas, Math.min(maxReplicas, replicas));
}
