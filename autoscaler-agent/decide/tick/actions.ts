import type { AgentConfig } from "../../../contract/agentConfig";
import type { DecisionReply, DrainChoice, Launch, Reason } from "../../../contract/decision";
import type { NodeId } from "../../ray/nodeId";
import type { Assessment, Hold } from "./assess";
import type { BreakerState } from "./breaker";
import { filledPlaces, type GroupAssessment, keptPlaces } from "./groups";
import type { EndCause, InstanceAssessment } from "./instances";
import { advisedReason, type NoticeReason, noticeDrains } from "./leavingMachines";

/** Drains, and ends, per group and tick: a tick stays short and the cloud's API is not flooded. */
const WRITES_PER_TICK = 20;

/** A zone that is taken back at once leaves two minutes for all. */
const NOTICE_DRAINS_PER_TICK = 100;

/** One thing to do, with its reasons. */
export type Action =
  | {
      readonly kind: "set-desired";
      readonly groupName: string;
      /** Written is the larger of this and what a fresh read says. */
      readonly target: number;
      readonly observedDesired: number;
      readonly reasons: readonly Reason[];
    }
  | {
      readonly kind: "give-back";
      readonly groupName: string;
      /** The size that exists; written only when a fresh read shows the very same machines and the same desired size. */
      readonly target: number;
      readonly observedDesired: number;
      readonly instanceIds: readonly string[];
      readonly text: string;
    }
  | {
      readonly kind: "drain";
      readonly groupName: string;
      readonly instanceId: string;
      readonly nodeId: NodeId;
      /** With a notice Ray must not refuse, whatever runs there. */
      readonly reason: Reason | NoticeReason;
      /** Monotonic milliseconds: when the machine will be lost; absent: not for a notice, or the notice names no time. */
      readonly deadlineMs?: number;
    }
  | {
      readonly kind: "terminate";
      readonly groupName: string;
      readonly instanceId: string;
      readonly desiredSize: "lower" | "keep";
      readonly cause: EndCause;
    };

/**
 * What to do about an answer of the chooser, with the safety rules applied once more: the chooser's mistakes stop here.
 *
 * Guarantees: no target above the group's or the cluster's maximum; no shrinking by number but of places that the cloud refused to fill; every other end is
 * of one machine by its id, whose node is not in Ray; never the head; never below `minReplicas` by draining, but where the cloud takes machines away; nothing in a group that was not read in this tick.
 * No more idle nodes are drained than {@link Assessment.idleRemovals} lets go. Order within a group: grow, give back, drain, end.
 */
export function planActions(assessment: Assessment, reply: DecisionReply | undefined, config: AgentConfig): readonly Action[] {
  const launches = assessment.mayGrow && reply !== undefined ? reply.launch : [];
  const drains = assessment.mayShrink && reply !== undefined ? reply.drain : [];
  return [
    ...growth(assessment, launches, config),
    ...shrinkingGroups(assessment).flatMap((group) => giveBack(group)),
    ...idleDrains(assessment, drains).slice(0, assessment.idleRemovals.room),
    ...(assessment.mayShrink ? assessment.groups.flatMap((group) => drainsForNotices(group)) : []),
    ...(assessment.mayShrink ? assessment.groups.flatMap((group) => endsIn(group, assessment.breaker)) : []),
  ];
}

function growth(assessment: Assessment, launches: readonly Launch[], config: AgentConfig): Action[] {
  const claimed = assessment.groups.reduce((sum, group) => sum + claimedPlaces(group), 0);
  let room = Math.max(0, (config.limits.maxReplicas ?? Number.POSITIVE_INFINITY) - claimed);
  return launches.flatMap((launch): Action[] => {
    const group = assessment.groups.find((candidate) => candidate.group.groupName === launch.groupName);
    if (group?.state === undefined || !group.fresh || group.unavailable !== undefined) {
      return [];
    }
    const target = Math.min(group.maxReplicas, keptPlaces(group) + launch.count);
    const added = Math.max(0, target - claimedPlaces(group));
    const allowed = target - Math.max(0, added - room);
    room -= Math.min(added, room);
    return allowed <= group.state.desired
      ? []
      : [
          {
            kind: "set-desired",
            groupName: launch.groupName,
            target: allowed,
            observedDesired: group.state.desired,
            reasons: launch.reasons.map((reason) => explained(reason, "min-replicas", group.targets.bounds.why)),
          },
        ];
  });
}

/** Places of the group that are bought: what it wants, or what it has where somebody wants less. */
function claimedPlaces(group: GroupAssessment): number {
  return group.state === undefined ? 0 : Math.max(group.state.desired, filledPlaces(group.state));
}

function giveBack(group: GroupAssessment): Action[] {
  const { state, givenUp, memory } = group;
  if (state === undefined || !group.fresh || !group.twiceSeen || givenUp === 0 || memory.pause === undefined) {
    return [];
  }
  const filling = state.instances.filter((instance) => instance.fillsDesired);
  const target = Math.max(filling.length, state.min);
  // A machine without protection, or one not in service yet (protection begins there), could be the one that a smaller number ends.
  const safe = filling.every((instance) => instance.lifecycle === "in-service" && instance.protectedFromScaleIn);
  return safe && target < state.desired
    ? [
        {
          kind: "give-back",
          groupName: group.group.groupName,
          target,
          observedDesired: state.desired,
          instanceIds: filling.map((instance) => instance.instanceId).sort(),
          text: `the cloud did not launch ${state.desired - target} of ${state.desired} machines: ${memory.pause.message}`,
        },
      ]
    : [];
}

/** Groups that may become smaller by the agent's choice. */
function shrinkingGroups({ groups, mayShrink, breaker, flapping }: Assessment): readonly GroupAssessment[] {
  return mayShrink && !breaker.isOpen ? groups.filter(({ group }) => !flapping.has(group.groupName)) : [];
}

/** What would leave but for the bound on removals, in the chooser's order: longest idle first, whatever their groups. */
function idleDrains(assessment: Assessment, chosen: readonly DrainChoice[]): Action[] {
  const place = new Map(chosen.map(({ id }, index) => [id, index]));
  const placeOf = (action: Action) => (action.kind === "drain" ? (place.get(action.instanceId) ?? 0) : 0);
  return shrinkingGroups(assessment)
    .flatMap((group) => drainsIn(group, chosen))
    .sort((one, other) => placeOf(one) - placeOf(other));
}

/** Says that idle nodes stay for the bound on removals; empty when none does. */
export function idleRemovalHolds(assessment: Assessment, reply: DecisionReply | undefined): readonly Hold[] {
  const { room, why } = assessment.idleRemovals;
  const staying = assessment.mayShrink && reply !== undefined ? idleDrains(assessment, reply.drain).length - room : 0;
  return staying > 0 ? [{ code: "idle-removals-bounded", text: `${staying} idle nodes stay a little longer: ${why}` }] : [];
}

function drainsIn(group: GroupAssessment, chosen: readonly DrainChoice[]): Action[] {
  if (!group.fresh || !group.twiceSeen) {
    return [];
  }
  // What is still starting may never come, so it holds no minimum.
  const running = group.instances.filter(({ phase }) => phase === "running").length;
  const { why } = group.targets.idleTimeout;
  const allowed = Math.min(WRITES_PER_TICK, Math.max(0, running - group.minReplicas));
  return chosen
    .flatMap((choice): Action[] => {
      const known = group.instances.find(({ instance }) => instance.instanceId === choice.id);
      const node = known?.node;
      return known?.phase === "running" && node !== undefined && node.status === "idle" && !node.isHead
        ? [
            {
              kind: "drain",
              groupName: group.group.groupName,
              instanceId: choice.id,
              nodeId: node.nodeId,
              reason: advisedReason(explained(choice.reason, "idle-timeout-reached", why), known),
            },
          ]
        : [];
    })
    .slice(0, allowed);
}

function drainsForNotices(group: GroupAssessment): Action[] {
  const { groupName } = group.group;
  return group.fresh && group.twiceSeen
    ? noticeDrains(group)
        .slice(0, NOTICE_DRAINS_PER_TICK)
        .map((drain) => ({ kind: "drain", groupName, ...drain }))
    : [];
}

/** The chooser knows a bound or a time-out, and not where it comes from. */
function explained(reason: Reason, code: Reason["code"], why: string | undefined): Reason {
  return reason.code === code && why !== undefined ? { ...reason, text: `${reason.text} ${why}` } : reason;
}

function endsIn(group: GroupAssessment, { isOpen, probe }: BreakerState): Action[] {
  const { state } = group;
  if (state === undefined || !group.fresh || !group.twiceSeen) {
    return [];
  }
  let { desired } = state;
  let filled = filledPlaces(state);
  const due = group.instances
    .filter(isDue)
    .filter(({ instance }) => !isOpen || probe.has(instance.instanceId))
    .slice(0, WRITES_PER_TICK);
  return due.map(({ instance, endCause }): Action => {
    const desiredSize = filled > desired || desired <= state.min ? "keep" : "lower";
    filled -= 1;
    desired -= desiredSize === "lower" ? 1 : 0;
    return { kind: "terminate", groupName: group.group.groupName, instanceId: instance.instanceId, desiredSize, cause: endCause };
  });
}

function isDue(known: InstanceAssessment): known is InstanceAssessment & { endCause: EndCause } {
  return known.endCause !== undefined && known.node === undefined && known.memory.endNotBeforeMs === undefined;
}
