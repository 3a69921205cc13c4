import type { AgentConfig } from "../../contract/agentConfig";
import type { Assessment } from "../decide/tick/assess";
import { breakerText } from "../decide/tick/breaker";
import type { GroupAssessment } from "../decide/tick/groups";
import type { InstanceAssessment } from "../decide/tick/instances";
import type { AutoscalingReport, ClusterConfigReport } from "../ray/rayControl";
import type { TickRecord } from "../tickRecord";
import { shownText } from "./shownText";

/** What Ray is told after a tick: what is on its way and how far, what failed, and what can never be served. */
export function autoscalingReport({ assessment, reply, epochMs, observation }: TickRecord): AutoscalingReport {
  const secondsAt = (monotonicMs: number) => (epochMs - (observation.nowMs - monotonicMs)) / 1000;
  return {
    pendingRequests: assessment.groups.flatMap((group) =>
      Array.from({ length: group.awaited }, () => ({
        groupName: group.group.groupName,
        instanceType: group.group.instanceTypes[0] ?? "",
        requestedAtSeconds: secondsAt(group.memory.unfilledSinceMs ?? observation.nowMs),
      })),
    ),
    pendingInstances: assessment.groups.flatMap((group) =>
      group.instances.filter(({ phase }) => phase === "starting").map((known) => pendingInstance(group, known, observation.nowMs)),
    ),
    failedRequests: assessment.groups.flatMap((group) => [
      ...failedRequest(group, secondsAt),
      ...heldByBreaker(group, assessment, secondsAt),
    ]),
    infeasibleDemands: (reply?.infeasible.demands ?? []).map(({ shape, count, selectors }) => ({
      shape,
      count,
      ...(selectors ? { selectors } : {}),
    })),
    infeasibleGangs: (reply?.infeasible.gangs ?? []).flatMap(({ index }) => assessment.request?.gangs[index] ?? []),
    infeasibleRequested: (reply?.infeasible.requested ?? []).map(({ shape, count, selectors }) => ({
      shape,
      count,
      ...(selectors ? { selectors } : {}),
    })),
  };
}

/** The cluster's bounds, for Ray's libraries. */
export function clusterConfigReport(config: AgentConfig): ClusterConfigReport {
  return {
    groups: config.groups.map(({ groupName, resources, minReplicas, maxReplicas }) => ({ groupName, resources, minReplicas, maxReplicas })),
    ...(config.limits.maxReplicas === undefined ? {} : { maxReplicas: config.limits.maxReplicas }),
  };
}

function pendingInstance(
  { group }: GroupAssessment,
  known: InstanceAssessment,
  nowMs: number,
): AutoscalingReport["pendingInstances"][number] {
  const seconds = Math.round((nowMs - known.memory.startedMs) / 1000);
  const stage =
    known.memory.missingSinceMs === undefined
      ? (known.bootStage ?? (known.instance.lifecycle === "pending" ? "launching" : "booting"))
      : "rejoining";
  return {
    groupName: group.groupName,
    instanceType: known.instance.instanceType,
    instanceId: known.instance.instanceId,
    details: `${stage}, ${seconds} s since launch`,
  };
}

/** `ray status` knows no other place for what the agent will not do. */
function heldByBreaker(
  { group, instances }: GroupAssessment,
  { breaker }: Assessment,
  secondsAt: (monotonicMs: number) => number,
): AutoscalingReport["failedRequests"] {
  const lost = instances.filter(({ memory }) => memory.missingSinceMs !== undefined).length;
  if (!breaker.isOpen || breaker.breaker === undefined || lost === 0) return [];
  const atSeconds = secondsAt(breaker.breaker.sinceMs);
  const at = { startedAtSeconds: atSeconds, failedAtSeconds: atSeconds };
  return [{ groupName: group.groupName, instanceType: group.instanceTypes[0] ?? "", count: lost, reason: breakerText(breaker), ...at }];
}

function failedRequest(group: GroupAssessment, secondsAt: (monotonicMs: number) => number): AutoscalingReport["failedRequests"] {
  const { pause } = group.memory;
  return pause === undefined
    ? []
    : [
        {
          groupName: group.group.groupName,
          instanceType: group.group.instanceTypes[0] ?? "",
          count: Math.max(1, group.givenUp),
          reason: shownText(`${pause.cause}: ${pause.message}`),
          startedAtSeconds: secondsAt(pause.sinceMs),
          failedAtSeconds: secondsAt(pause.sinceMs),
        },
      ];
}
