import type { AgentGroup } from "../../../contract/agentConfig";
import { withDeadline } from "../../deadline";
import type { LaunchFailure } from "../backend";
import { consoleLines } from "../consoleLines";
import type { ClusterLooks } from "./clusterLooks";
import { type ClusterPlace, placeOf } from "./clusterPlace";
import { endReasonOfEvents, endReasonOfPod } from "./endReasons";
import type { EventsOf, KubeRayCalls } from "./kubeRayCalls";
import { operatorFailures, podVerdict } from "./launchVerdicts";
import type { LiveEvent, LivePod } from "./liveObjects";
import { waitText } from "./podBootReport";
import { waitsForNode } from "./podPhase";

const CALL_DEADLINE_MS = 8_000;
/** A tick waits for why a pod ended, and an end for what the pod wrote last: neither is worth more. */
const SHORT_DEADLINE_MS = 2_000;
/** Pods of a group are alike, so what is said of the few that wait longest holds for all. Each is a call. */
const PODS_ASKED = 3;

/** Why pods did not come and why they went, as far as anybody says. What cannot be read is simply not known: nothing depends on it. */
export class KubeRayReasons {
  readonly #calls: KubeRayCalls;
  readonly #looks: ClusterLooks;

  constructor(calls: KubeRayCalls, looks: ClusterLooks) {
    this.#calls = calls;
    this.#looks = looks;
  }

  async launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    const place = placeOf(group);
    const { groupName } = group;
    const deadline = withDeadline(signal, CALL_DEADLINE_MS);
    const pods = this.#looks.newest(place)?.podsByGroup.get(groupName) ?? [];
    const longest = pods.filter(waitsForNode).sort(byAge).slice(0, PODS_ASKED);
    const [ofCluster, ...ofPods] = await Promise.all([
      this.#events(place, { kind: "RayCluster", name: place.rayClusterName }, deadline, signal),
      ...longest.map(async ({ metadata: { name } }) => await this.#events(place, { kind: "Pod", name }, deadline, signal)),
    ]);
    const verdicts = longest.map((pod, index) =>
      podVerdict({ pod, events: ofPods[index] ?? [], waitedMs: this.#looks.waitedMs(place, pod.metadata.name) }),
    );
    const refused = verdicts.includes("coming") ? [] : verdicts.filter((verdict) => verdict !== undefined && verdict !== "coming");
    return [...operatorFailures(ofCluster, place, groupName), ...refused].sort((one, other) => other.atMs - one.atMs);
  }

  async endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const place = placeOf(group);
    const look = this.#looks.newest(place);
    const bySelf = instanceIds.flatMap((name): [string, string][] => {
      const pod = look?.podsByName.get(name);
      const reason = pod === undefined ? undefined : endReasonOfPod(pod);
      return reason === undefined ? [] : [[name, reason]];
    });
    const silent = instanceIds.filter((name) => !bySelf.some(([told]) => told === name));
    if (silent.length === 0) return new Map(bySelf);
    const deadline = withDeadline(signal, SHORT_DEADLINE_MS);
    const [ofCluster, ...ofPods] = await Promise.all([
      this.#events(place, { kind: "RayCluster", name: place.rayClusterName }, deadline, signal),
      ...silent.slice(0, PODS_ASKED).map(async (name) => await this.#events(place, { kind: "Pod", name }, deadline, signal)),
    ]);
    const byOthers = silent.flatMap((name, index): [string, string][] => {
      const reason = endReasonOfEvents(name, { ofPod: ofPods[index] ?? [], ofCluster });
      return reason === undefined ? [] : [[name, reason]];
    });
    return new Map([...bySelf, ...byOthers]);
  }

  /** The log of Ray's container; of the one before it, when it was started again; else why it does not run. */
  async consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    const found = this.#looks.podNamed(instanceId);
    const [container] = found?.pod.spec?.containers ?? [];
    if (found === undefined || container === undefined) return [];
    const status = found.pod.status?.containerStatuses?.find(({ name }) => name === container.name);
    const deadline = withDeadline(signal, SHORT_DEADLINE_MS);
    const ways = (status?.restartCount ?? 0) > 0 ? [false, true] : [false];
    for (const ofPrevious of ways) {
      const request = { podName: instanceId, container: container.name, ofPrevious };
      const lines = consoleLines(await this.#orNothing(this.#calls.log(found.place, request, deadline), "", signal));
      if (lines.length > 0) return lines;
    }
    return isStuck(found.pod) && status !== undefined ? consoleLines(waitText(status)) : [];
  }

  async #events(place: ClusterPlace, of: EventsOf, deadline: AbortSignal, signal: AbortSignal): Promise<readonly LiveEvent[]> {
    return await this.#orNothing(this.#calls.events(place, of, deadline), [], signal);
  }

  async #orNothing<Answer>(call: Promise<Answer>, nothing: Answer, signal: AbortSignal): Promise<Answer> {
    try {
      return await call;
    } catch {
      signal.throwIfAborted();
      return nothing;
    }
  }
}

function isStuck({ status }: LivePod): boolean {
  const reasons = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason ?? "");
  return reasons.some((reason) => reason !== "" && reason !== "ContainerCreating" && reason !== "PodInitializing");
}

function byAge({ metadata: one }: LivePod, { metadata: other }: LivePod): number {
  const key = ({ creationTimestamp = "", name }: LivePod["metadata"]) => `${creationTimestamp} ${name}`;
  return key(one) < key(other) ? -1 : 1;
}
