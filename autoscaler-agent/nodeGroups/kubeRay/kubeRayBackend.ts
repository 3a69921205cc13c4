import type { AgentConfig, AgentGroup } from "../../../contract/agentConfig";
import type { BootReport } from "../../../contract/bootReport";
import type { KubeApiCalls } from "../../../kubernetes-api/kubeApi";
import type { BootReportSource } from "../../bootReportSource";
import type { Clock } from "../../clock";
import { withDeadline } from "../../deadline";
import type { BackendError, EndOfInstance, LaunchFailure, NodeGroupBackend, NodeGroupObservation, WriteOutcome } from "../backend";
import { type ClusterLook, ClusterLooks } from "./clusterLooks";
import { type ClusterPlace, placeOf, placeText } from "./clusterPlace";
import { groupState } from "./groupState";
import { KubeRayCalls } from "./kubeRayCalls";
import { isLostRace, kubeBackendError } from "./kubeRayErrors";
import { KubeRayReasons } from "./kubeRayReasons";
import { type Patch, planEnd, planGiveBack, planGrowth } from "./patches";
import { podBootReport } from "./podBootReport";
import { isLeaving, launchedMs } from "./podPhase";
import { findWorkerGroup, type WorkerGroup } from "./workerGroup";

/** A look reads the cluster and all its pods; a write reads, and reads and tries once more when somebody wrote in between. */
const CALL_DEADLINE_MS = 8_000;
const ATTEMPTS = 2;

/** What the backend works with. */
export interface KubeRayBackendPorts {
  readonly api: KubeApiCalls;
  readonly clock: Clock;
}

/**
 * Worker groups of a RayCluster as node groups, its pods as their machines: a pod that has a node is a machine, one that waits for a node is a place not filled.
 *
 * Writes `replicas` and `scaleStrategy.workersToDelete` of one group and nothing else, by a JSON patch that takes effect only where that group still stands and has
 * the numbers that were read. Refuses to work beside another autoscaler.
 */
export class KubeRayBackend implements NodeGroupBackend {
  readonly #calls: KubeRayCalls;
  readonly #looks: ClusterLooks;
  readonly #reasons: KubeRayReasons;
  /** How far the start of pods has come, from the newest look: no call of its own. */
  readonly bootReports: BootReportSource;

  constructor({ api, clock }: KubeRayBackendPorts) {
    this.#calls = new KubeRayCalls(api);
    this.#looks = new ClusterLooks(this.#calls, clock);
    this.#reasons = new KubeRayReasons(this.#calls, this.#looks);
    this.bootReports = { read: async (_place: AgentConfig["bootReports"], podNames, signal) => this.#readBootReports(podNames, signal) };
  }

  async describe(groups: readonly AgentGroup[], signal: AbortSignal): Promise<ReadonlyMap<string, NodeGroupObservation>> {
    signal.throwIfAborted();
    const places = [...new Set(groups.map((group) => placeText(placeOf(group))))];
    const ofOneCluster = (place: string) => groups.filter((group) => placeText(placeOf(group)) === place);
    const described = await Promise.all(places.map((place) => this.#describeCluster(ofOneCluster(place), signal)));
    return new Map(described.flat());
  }

  async launchTimes(instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    signal.throwIfAborted();
    const times = instanceIds.map((name): [string, number | undefined] => {
      const found = this.#looks.podNamed(name);
      return [name, found === undefined ? undefined : launchedMs(found.pod)];
    });
    return new Map(times.filter((entry): entry is [string, number] => entry[1] !== undefined));
  }

  async launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    signal.throwIfAborted();
    return await this.#reasons.launchFailures(group, signal);
  }

  async endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    signal.throwIfAborted();
    return await this.#reasons.endReasons(group, instanceIds, signal);
  }

  async consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    return await this.#reasons.consoleTail(instanceId, signal);
  }

  async setDesired(group: AgentGroup, desired: number, signal: AbortSignal): Promise<WriteOutcome> {
    const { groupName } = group;
    return await this.#write(group, signal, async (found, place, deadline) => {
      if (desired >= found.desired) return planGrowth(found, desired, this.#looks.gone(place, groupName));
      const pods = await this.#calls.pods(place, { groupName }, deadline);
      return planGiveBack(found, desired, { pods, lackedMs: this.#looks.lackedMs(place, groupName) });
    });
  }

  async terminate(group: AgentGroup, end: EndOfInstance, signal: AbortSignal): Promise<WriteOutcome> {
    return await this.#write(group, signal, async (found, place, deadline) => {
      // The operator ends whatever is named, of whatever group or owner: the pod's own labels say whose it is.
      const choice = { groupName: group.groupName, nodeType: "worker", podName: end.instanceId } as const;
      const [pod] = await this.#calls.pods(place, choice, deadline);
      return pod === undefined || isLeaving(pod, found)
        ? { kind: "refused", error: { code: "gone", message: `group "${group.groupName}" has no pod "${end.instanceId}" that stays` } }
        : planEnd(found, end, this.#looks.gone(place, group.groupName));
    });
  }

  async #describeCluster(groups: readonly AgentGroup[], signal: AbortSignal): Promise<(readonly [string, NodeGroupObservation])[]> {
    const [first] = groups;
    if (first === undefined) return [];
    try {
      const look = await this.#looks.look(placeOf(first), withDeadline(signal, CALL_DEADLINE_MS));
      return groups.map(({ groupName }) => [groupName, observation(look, groupName)]);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = kubeBackendError(thrown);
      return groups.map(({ groupName }) => [groupName, { kind: "unknown", error }]);
    }
  }

  #readBootReports(podNames: readonly string[], signal: AbortSignal): ReadonlyMap<string, BootReport> {
    signal.throwIfAborted();
    return new Map(
      podNames.flatMap((name): [string, BootReport][] => {
        const found = this.#looks.podNamed(name);
        const report = found === undefined ? undefined : podBootReport(found.pod);
        return report === undefined ? [] : [[name, report]];
      }),
    );
  }

  /** Reads, plans and patches; all of it once more when somebody wrote in between. */
  async #write(
    group: AgentGroup,
    signal: AbortSignal,
    plan: (found: WorkerGroup, place: ClusterPlace, deadline: AbortSignal) => Promise<Patch>,
  ): Promise<WriteOutcome> {
    signal.throwIfAborted();
    const place = placeOf(group);
    const deadline = withDeadline(signal, CALL_DEADLINE_MS);
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const found = await this.#freshGroup(group, place, deadline);
        if ("error" in found) return { kind: "failed", error: found.error };
        const patch = await plan(found.group, place, deadline);
        if (patch.kind === "refused") return { kind: "failed", error: withPlace(place, patch.error) };
        if (patch.kind === "later") return { kind: "skipped", reason: patch.reason };
        if (patch.kind === "nothing" || (await this.#patched(place, patch.operations, deadline))) return { kind: "done" };
      }
    } catch (thrown) {
      signal.throwIfAborted();
      return { kind: "failed", error: kubeBackendError(thrown) };
    }
    const message = `group "${group.groupName}" was changed by somebody else between each of ${ATTEMPTS} reads and writes; nothing was written`;
    return { kind: "failed", error: withPlace(place, { code: "unknown", message }) };
  }

  async #freshGroup(group: AgentGroup, place: ClusterPlace, deadline: AbortSignal): Promise<ReturnType<typeof findWorkerGroup>> {
    const [cluster, headPods] = await Promise.all([
      this.#calls.cluster(place, deadline),
      this.#calls.pods(place, { nodeType: "head" }, deadline),
    ]);
    return findWorkerGroup(place, { cluster, headPods }, group.groupName);
  }

  /** @returns false when the object is not as it was read. */
  async #patched(
    place: ClusterPlace,
    operations: Extract<Patch, { kind: "patch" }>["operations"],
    deadline: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#calls.patch(place, operations, deadline);
      return true;
    } catch (thrown) {
      if (isLostRace(thrown)) return false;
      throw thrown;
    }
  }
}

function observation(look: ClusterLook, groupName: string): NodeGroupObservation {
  const found = findWorkerGroup(look.place, look, groupName);
  return "error" in found
    ? { kind: "unknown", error: found.error }
    : { kind: "known", state: groupState(found.group, look.podsByGroup.get(groupName) ?? []) };
}

function withPlace(place: ClusterPlace, error: BackendError): BackendError {
  return { ...error, message: `${placeText(place)}: ${error.message}` };
}
