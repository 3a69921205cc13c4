import type { AgentGroup, AgentSchedule } from "../../../contract/agentConfig";
import { usualBootSeconds } from "./bootTimes";
import { type IdleTimeout, idleTimeout } from "./idleTimeout";
import type { GroupMemory } from "./memory";
import { regretWeight } from "./regrets";
import { type ScheduledBounds, scheduledBounds } from "./schedules";

/** What a group is held to now: its schedules, what was learned of it and what was regretted, together. */
export interface GroupTargets {
  readonly bounds: ScheduledBounds;
  readonly idleTimeout: IdleTimeout;
  /** How long a node usually takes to come, seconds, never more than it may; undefined: not known yet. */
  readonly bootSeconds?: number;
}

/** Works out what a group is held to at this moment. */
export function groupTargets({ group, schedules, memory, nowMs, epochMs }: GroupTargetFacts): GroupTargets {
  const usual = usualBootSeconds(memory.bootSeconds);
  const bootSeconds = usual === undefined ? undefined : Math.min(usual, group.bootDeadlineSeconds);
  const bounds = scheduledBounds({ group, schedules, epochMs, leadSeconds: bootSeconds ?? 0 });
  return {
    bounds,
    idleTimeout: idleTimeout({
      set: group.idleTimeoutSeconds,
      scheduled: bounds.idleTimeoutSeconds,
      pricePerHourUsd: group.pricePerHourUsd,
      bootSeconds,
      regretWeight: regretWeight(memory.regrets, nowMs),
    }),
    ...(bootSeconds === undefined ? {} : { bootSeconds }),
  };
}

interface GroupTargetFacts {
  readonly group: AgentGroup;
  readonly schedules: readonly AgentSchedule[];
  readonly memory: GroupMemory;
  readonly nowMs: number;
  readonly epochMs: number;
}
