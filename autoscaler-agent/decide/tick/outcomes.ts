import type { BackendError, BackendErrorCode, WriteOutcome } from "../../nodeGroups/backend";
import type { DrainOutcome } from "../../ray/rayControl";
import type { Action } from "./actions";
import { failureText, isBootFailure, otherMachines } from "./bootFailures";
import { usualBootSeconds } from "./bootTimes";
import { afterMove } from "./flapping";
import { type GroupAssessment, memoryAfterBootFailure, pausedMemory } from "./groups";
import { afterIdleRemovals } from "./idleRemovals";
import { emptyGroupMemory, type GroupMemory, type InstanceMemory, type Memory, type Pause } from "./memory";
import { afterIdleRemoval, afterPurchase } from "./regrets";

/** The cloud may show a machine for a while that it was asked to end; after this it is asked again. */
const END_AGAIN_MS = 60_000;
/** After a failed request to end a machine, or to drain a node. */
const END_RETRY_MS = 10_000;
const DRAIN_RETRY_MS = 30_000;

/** How one action ended. */
export type ActionOutcome =
  | {
      readonly action: Extract<Action, { kind: "drain" }>;
      readonly outcome: DrainOutcome | { readonly kind: "failed"; readonly message: string };
    }
  | {
      readonly action: Exclude<Action, { kind: "drain" }>;
      readonly outcome: WriteOutcome;
      /** The size that was written, after the fresh read; absent for ends. */
      readonly written?: number;
      /** What an ended machine that had never said anything wrote to its console last; absent: not asked for, or not known. */
      readonly consoleTail?: readonly string[];
    };

/** The tick in which the actions were taken. */
interface Tick {
  readonly nowMs: number;
  readonly groups: readonly GroupAssessment[];
}

/** The memory after the actions of a tick. What was skipped (a dry run, a group that changed meanwhile) leaves no trace. */
export function afterActions(memory: Memory, outcomes: readonly ActionOutcome[], tick: Tick): Memory {
  const after = outcomes.reduce((current, outcome) => afterAction(current, outcome, tick), memory);
  const drains = outcomes.filter(({ action, outcome }) => isIdleDrain(action) && outcome.kind !== "skipped");
  const { idleRemovals: before, ...rest } = after;
  const idleRemovals = afterIdleRemovals(before, {
    atMs: tick.nowMs,
    asked: drains.length,
    left: drains.filter(({ outcome }) => outcome.kind === "accepted").length,
    regretted: regretsOf(after) - regretsOf(memory),
  });
  return { ...rest, ...(idleRemovals === undefined ? {} : { idleRemovals }) };
}

/** Reasons of drains that are no removals: the cloud takes the machine in any case. */
const ANNOUNCED: readonly string[] = ["spot-interruption", "scheduled"];

function isIdleDrain(action: Action): boolean {
  return action.kind === "drain" && !ANNOUNCED.includes(action.reason.code);
}

function regretsOf({ groups }: Memory): number {
  return [...groups.values()].reduce((total, { regrets }) => total + regrets.total, 0);
}

function afterAction(memory: Memory, done: ActionOutcome, tick: Tick): Memory {
  const { action } = done;
  switch (action.kind) {
    case "drain":
      return afterDrain(memory, done as Extract<ActionOutcome, { action: { kind: "drain" } }>, tick);
    case "terminate":
      return afterEnd(memory, done as Extract<ActionOutcome, { written?: number }>, tick.nowMs);
    case "set-desired":
    case "give-back":
      return afterSize(memory, done as Extract<ActionOutcome, { written?: number }>, tick.nowMs);
  }
}

function afterDrain(
  memory: Memory,
  { action, outcome }: Extract<ActionOutcome, { action: { kind: "drain" } }>,
  { nowMs, groups }: Tick,
): Memory {
  switch (outcome.kind) {
    case "accepted": {
      const drained = withInstance(memory, action.instanceId, { drain: { nodeId: action.nodeId, acceptedMs: nowMs } });
      const shrunk = isIdleDrain(action)
        ? withGroup(drained, action.groupName, (group) => ({ ...group, turns: afterMove(group.turns, "shrunk", nowMs) }))
        : drained;
      return action.reason.code === "idle-timeout-reached"
        ? withGroup(shrunk, action.groupName, (group) => ({ ...group, regrets: afterIdleRemoval(group.regrets, nowMs) }))
        : shrunk;
    }
    case "rejected": {
      // Asking has a side effect on the node's actors, so it is not asked again before it could have been idle once more.
      const seconds = groups.find(({ group }) => group.groupName === action.groupName)?.targets.idleTimeout.seconds ?? 0;
      return withInstance(memory, action.instanceId, { drainNotBeforeMs: nowMs + Math.max(seconds * 1000, DRAIN_RETRY_MS) });
    }
    case "failed":
      return withInstance(memory, action.instanceId, { drainNotBeforeMs: nowMs + DRAIN_RETRY_MS });
    case "skipped":
      return memory;
  }
}

function afterEnd(memory: Memory, { action, outcome, consoleTail }: Extract<ActionOutcome, { written?: number }>, nowMs: number): Memory {
  if (outcome.kind === "skipped" || action.kind !== "terminate") {
    return memory;
  }
  const mayHaveHappened = outcome.kind === "done" || outcome.error.code === "gone" || outcome.error.code === "unreachable";
  if (!mayHaveHappened) {
    return withInstance(memory, action.instanceId, { endNotBeforeMs: nowMs + END_RETRY_MS });
  }
  const asked = withInstance(memory, action.instanceId, { endAgainMs: nowMs + END_AGAIN_MS });
  const lowered = withGroup(asked, action.groupName, (group) => ({
    ...withoutExpectation(group),
    ...(outcome.kind === "done" && group.expectedDesired !== undefined
      ? { expectedDesired: group.expectedDesired - (action.desiredSize === "lower" ? 1 : 0) }
      : {}),
  }));
  const ended = { cause: action.cause.code, groupName: action.groupName, memory: memory.instances.get(action.instanceId) };
  return outcome.kind === "done" && isBootFailure(ended, otherMachines(memory, action.instanceId))
    ? withGroup(lowered, action.groupName, (group) =>
        memoryAfterBootFailure(group, { text: failureText(action.cause.text, consoleTail), nowMs }),
      )
    : lowered;
}

function afterSize(memory: Memory, done: Extract<ActionOutcome, { written?: number }>, nowMs: number): Memory {
  const { action, outcome, written } = done;
  switch (outcome.kind) {
    case "skipped":
      return memory;
    case "done":
      return withGroup(memory, action.groupName, (group) => ({
        ...withPurchase(withSize(withMove(group, done, nowMs), written), done, nowMs),
        ...(written === undefined ? {} : { expectedDesired: written }),
      }));
    case "failed": {
      const size = outcome.error.code === "unreachable" && action.kind === "set-desired" ? written : undefined;
      return withGroup(memory, action.groupName, (group) => refused(withSize(withoutExpectation(group), size), outcome.error, nowMs));
    }
  }
}

/** Should the next read fail, then what was bought in this tick is counted all the same. */
function withSize(group: GroupMemory, desired: number | undefined): GroupMemory {
  return group.lastState === undefined || desired === undefined ? group : { ...group, lastState: { ...group.lastState, desired } };
}

function withMove(group: GroupMemory, { action, written }: Extract<ActionOutcome, { written?: number }>, nowMs: number): GroupMemory {
  const grown = action.kind === "set-desired" && written !== undefined && written > action.observedDesired;
  return grown || action.kind === "give-back"
    ? { ...group, turns: afterMove(group.turns, action.kind === "give-back" ? "shrunk" : "grown", nowMs) }
    : group;
}

/** What is bought so soon after idle nodes were ended that they should have been kept is regretted. */
function withPurchase(group: GroupMemory, { action, written }: Extract<ActionOutcome, { written?: number }>, nowMs: number): GroupMemory {
  if (action.kind !== "set-desired" || written === undefined) return group;
  const count = written - action.observedDesired;
  return { ...group, regrets: afterPurchase(group.regrets, { count, nowMs, bootSeconds: usualBootSeconds(group.bootSeconds) }) };
}

function refused(group: GroupMemory, error: BackendError, nowMs: number): GroupMemory {
  const cause = pauseCauses[error.code];
  return cause === undefined ? group : pausedMemory(group, { cause, message: error.message, nowMs });
}

/** What is throttled, unreachable or unknown is simply tried again by a later tick. */
const pauseCauses: Partial<Record<BackendErrorCode, Pause["cause"]>> = {
  capacity: "capacity",
  quota: "quota",
  misconfigured: "misconfigured",
  unauthorized: "unauthorized",
};

/** After a write of unknown effect no size is surprising. */
function withoutExpectation({ expectedDesired: _, ...group }: GroupMemory): GroupMemory {
  return group;
}

function withInstance(memory: Memory, instanceId: string, change: Partial<InstanceMemory>): Memory {
  const before = memory.instances.get(instanceId);
  return before === undefined ? memory : { ...memory, instances: new Map(memory.instances).set(instanceId, { ...before, ...change }) };
}

function withGroup(memory: Memory, groupName: string, change: (group: GroupMemory) => GroupMemory): Memory {
  const before = memory.groups.get(groupName) ?? emptyGroupMemory;
  return { ...memory, groups: new Map(memory.groups).set(groupName, change(before)) };
}
