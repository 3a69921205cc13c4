import type { Clock } from "../../autoscaler-agent/clock";
import type { BackendError, NodeGroupBackend } from "../../autoscaler-agent/nodeGroups/backend";
import type { BackendCall, FaultInjection, InMemoryCloud, InMemoryInstance } from "../../autoscaler-agent/nodeGroups/inMemory";
import { KubeRayBackend } from "../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import type { LiveCluster, LiveGroup, LivePod } from "../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import { KubernetesError } from "../../kubernetes-api/kubernetesError";
import { type ApiCall, MemoryKubeApi } from "./kubeRay/memoryKubeApi";

const CLUSTER = "demo";
const statuses: Readonly<Partial<Record<BackendError["code"], number>>> = {
  throttled: 429,
  unauthorized: 401,
  gone: 404,
  misconfigured: 400,
};

/**
 * The real KubeRay backend in front of the in-memory cloud, whose groups are called `demo-<group>`: machines are pods with a node, places that the cloud does not fill
 * are pods without one, and a machine that somebody has set aside is a pod without its group's label. The cloud's machines should be unprotected: the operator ends
 * what is more than the replicas.
 */
export function kubeRayOverMemory(cloud: InMemoryCloud, _clock: Clock, fault: FaultInjection = () => undefined): NodeGroupBackend {
  const api = new MemoryKubeApi();
  const world = new CloudAsKubeRay(cloud, api);
  api.settle = () => world.settle();
  api.patched = (before, after) => world.act(before, after);
  api.fault = (call, moment) => {
    const name = backendCall(call);
    const groupNames = cloud.groupNames.map((one) => one.slice(CLUSTER.length + 1));
    const errors = [undefined, ...(name === "describe" ? groupNames : [])].map((group) =>
      name === undefined ? undefined : fault(name, moment, group),
    );
    const error = errors.find((one) => one !== undefined);
    return error === undefined ? undefined : new KubernetesError(error.message, statuses[error.code]);
  };
  return new KubeRayBackend({ api, clock: _clock });
}

function backendCall({ verb, resource, request }: ApiCall): BackendCall | undefined {
  if (resource === "events") return "launchFailures";
  if (resource === "pods/log") return "consoleTail";
  if (verb !== "patch") return "describe";
  const operations = request.body as readonly { readonly op: string; readonly path: string }[];
  return operations.some(({ op, path }) => op !== "test" && path.endsWith("/scaleStrategy")) ? "terminate" : "setDesired";
}

class CloudAsKubeRay {
  readonly #cloud: InMemoryCloud;
  readonly #api: MemoryKubeApi;
  readonly #leaving = new Map<string, readonly string[]>();
  /** Epoch milliseconds since when the group lacks machines. */
  readonly #lackingMs = new Map<string, number>();

  constructor(cloud: InMemoryCloud, api: MemoryKubeApi) {
    this.#cloud = cloud;
    this.#api = api;
  }

  /** Brings cluster, pods and events up to what the cloud has now. */
  settle(): void {
    const { pods, events } = this.#api;
    pods.clear();
    events.splice(0);
    for (const name of this.#cloud.groupNames) this.#showPods(name);
    const metadata = { name: CLUSTER, namespace: "ray", uid: "uid" };
    this.#api.keep({
      metadata,
      spec: { enableInTreeAutoscaling: false, workerGroupSpecs: this.#cloud.groupNames.map((name) => this.#spec(name)) },
    });
  }

  /** What the operator makes of a changed spec. */
  act(before: LiveCluster, after: LiveCluster): void {
    for (const [index, group] of (after.spec?.workerGroupSpecs ?? []).entries()) {
      const name = `${CLUSTER}-${group.groupName ?? ""}`;
      const known = new Set(before.spec?.workerGroupSpecs?.[index]?.scaleStrategy?.workersToDelete ?? []);
      const leaving = group.scaleStrategy?.workersToDelete ?? [];
      const target = group.replicas ?? 0;
      for (const instanceId of leaving.filter((one) => !known.has(one))) {
        const desiredSize = this.#cloud.group(name).desired > target ? "lower" : "keep";
        this.#cloud.terminate(name, { instanceId, desiredSize });
      }
      this.#leaving.set(name, leaving);
      if (this.#cloud.group(name).desired !== target) this.#cloud.setDesired(name, target);
    }
  }

  #spec(name: string): LiveGroup {
    const { desired, min, max, launchSuspended } = this.#cloud.group(name);
    const leaving = this.#leaving.get(name);
    return {
      groupName: groupNameOf(name),
      replicas: desired,
      minReplicas: min,
      maxReplicas: max,
      numOfHosts: 1,
      ...(launchSuspended ? { suspend: true } : {}),
      ...(leaving === undefined ? {} : { scaleStrategy: { workersToDelete: leaving } }),
    };
  }

  #showPods(name: string): void {
    const { desired, instances, launchSuspended, failures } = this.#cloud.group(name);
    for (const instance of instances) this.#api.pods.set(instance.instanceId, this.#pod(name, instance));
    const filling = instances.filter(
      ({ endRequestedMs, unusualState }) => endRequestedMs === undefined && unusualState !== "Standby",
    ).length;
    const lacking = launchSuspended ? 0 : Math.max(0, desired - filling);
    if (lacking === 0) this.#lackingMs.delete(name);
    const [newest] = failures;
    const sinceMs = this.#lackingMs.get(name) ?? newest?.atMs ?? 0;
    if (lacking > 0) this.#lackingMs.set(name, sinceMs);
    for (let index = 0; index < lacking; index += 1)
      this.#showWaiting(
        name,
        `${name}-waits-${sinceMs}-${index}`,
        failures.filter(({ atMs }) => atMs >= sinceMs),
      );
  }

  #pod(name: string, instance: InMemoryInstance): LivePod {
    const { instanceId, zone, launchedEpochMs, endRequestedMs, unusualState } = instance;
    const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: new Date(launchedEpochMs).toISOString() };
    const labels = {
      "ray.io/cluster": CLUSTER,
      "ray.io/node-type": "worker",
      ...(unusualState === undefined ? { "ray.io/group": groupNameOf(name) } : {}),
      "topology.kubernetes.io/zone": zone,
    };
    return {
      metadata: {
        name: instanceId,
        labels,
        ...(endRequestedMs === undefined ? {} : { deletionTimestamp: new Date(launchedEpochMs).toISOString() }),
      },
      spec: { nodeName: `node-of-${instanceId}`, containers: [{ name: "ray-worker" }] },
      status: { phase: this.#cloud.lifecycle(instance) === "pending" ? "Pending" : "Running", conditions: [scheduled] },
    };
  }

  #showWaiting(name: string, podName: string, failures: readonly { readonly atMs: number }[]): void {
    const labels = { "ray.io/cluster": CLUSTER, "ray.io/node-type": "worker", "ray.io/group": groupNameOf(name) };
    const message = "0/3 nodes are available: 3 Insufficient cpu.";
    const unschedulable = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    this.#api.pods.set(podName, {
      metadata: { name: podName, labels },
      spec: {},
      status: { phase: "Pending", conditions: [unschedulable] },
    });
    const said = "pod didn't trigger scale-up: 1 in backoff after failed scale-up";
    for (const { atMs } of failures) {
      const lastTimestamp = new Date(atMs).toISOString();
      this.#api.events.push({ involvedObject: { kind: "Pod", name: podName }, reason: "NotTriggerScaleUp", message: said, lastTimestamp });
    }
  }
}

function groupNameOf(cloudName: string): string {
  return cloudName.slice(CLUSTER.length + 1);
}
