import type { NodeGroupState } from "../../nodeGroups/backend";
import type { NodeId } from "../../ray/nodeId";
import type { Resources } from "../../ray/rayControl";
import type { Breaker } from "./breaker";
import type { Turns } from "./flapping";
import type { FreeLook } from "./freeLooks";
import type { Look } from "./gap";
import type { IdleRemovals } from "./idleRemovals";
import type { NoticeKind } from "./machineNotices";
import type { NodeStay } from "./nodeLife";
import { noRegrets, type Regrets } from "./regrets";
import type { FailedWay } from "./ways";

/** What the agent remembers of one machine. Times are monotonic milliseconds. */
export interface InstanceMemory {
  readonly groupName: string;
  /** Launch, or when it was first seen as long as the cloud has not said when it was launched. */
  readonly startedMs: number;
  readonly launchTimeKnown: boolean;
  /** When its group was last read without it: it is no older than that, whatever the clocks say. Absent: it was there in the first read. */
  readonly absentMs?: number;
  /** When it was first seen alive in Ray. */
  readonly joinedMs?: number;
  /** How its node has stayed in Ray since. */
  readonly stay?: NodeStay;
  /** What its node had free in the last looks; absent while it is not in Ray. */
  readonly freeLooks?: readonly FreeLook[];
  /** Since when it is no longer in Ray. */
  readonly missingSinceMs?: number;
  /** Since when its boot report says that it gave up. */
  readonly failedSinceMs?: number;
  /** Ray accepted that this node drains. */
  readonly drain?: { readonly nodeId: NodeId; readonly acceptedMs: number };
  /** What the cloud had announced about it by the last look. */
  readonly noticed?: NoticeKind;
  /** Ray refused, or the request failed: not to be asked before. */
  readonly drainNotBeforeMs?: number;
  /** The cloud was asked to end it; asked again after this time when it is still there. */
  readonly endAgainMs?: number;
  /** Ending it failed; tried again after this time. */
  readonly endNotBeforeMs?: number;
}

/** Why no new machine is bought in a group for a while. */
export interface Pause {
  readonly cause: "capacity" | "quota" | "misconfigured" | "unauthorized" | "launch-timeout" | "boot-failures";
  readonly message: string;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What the agent remembers of one group. */
export interface GroupMemory {
  /** The newest complete answer; used for counting, never for writing, while the group cannot be read. */
  readonly lastState?: NodeGroupState;
  /** When the newest complete answer came. */
  readonly readMs?: number;
  /** Complete answers in a row. */
  readonly completeViews: number;
  /** The desired size after the agent's own last write; a different one comes from somebody else. */
  readonly expectedDesired?: number;
  /** Since when the group has fewer machines than desired, without progress. */
  readonly unfilledSinceMs?: number;
  /** Failed launches up to this moment of the cloud's own clock, in epoch milliseconds, are dealt with, or belong to an earlier wait. */
  readonly failuresKnownToMs?: number;
  /** Machines in a row that never became a node. */
  readonly bootFailures: number;
  /** Pauses in a row: each is twice as long as the one before. */
  readonly pausesInARow: number;
  readonly pause?: Pause;
  /** Zones and markets that the cloud had no machines for; absent: none. */
  readonly failedWays?: readonly FailedWay[];
  /** What a live node of the group really offers to Ray. */
  readonly learnedResources?: Resources;
  /** How long its newest machines took from launch to node, seconds, newest last. */
  readonly bootSeconds: readonly number[];
  readonly regrets: Regrets;
  /** How its size has moved; absent: not yet. */
  readonly turns?: Turns;
}

/**
 * What a tick hands to the next. Losing all of it costs time and never a machine: every part is learned again from the cloud and from Ray.
 */
export interface Memory {
  readonly startedMs: number;
  /** When the agent looked last; absent: it has not yet. */
  readonly lastLook?: Look;
  /** Of the last snapshot; empty before the first. */
  readonly sessionName: string;
  readonly version: number;
  /** Complete answers of Ray in a row, of one session, with the head alive. */
  readonly completeViews: number;
  /** Since when Ray has answered so without a gap. */
  readonly headAliveSinceMs?: number;
  /** Absent: it has not tripped. */
  readonly breaker?: Breaker;
  /** What left for being idle in the last ten minutes, oldest first; absent: nothing. */
  readonly idleRemovals?: readonly IdleRemovals[];
  readonly instances: ReadonlyMap<string, InstanceMemory>;
  readonly groups: ReadonlyMap<string, GroupMemory>;
}

/** Memory of an agent that has just started. */
export function emptyMemory(nowMs: number): Memory {
  return { startedMs: nowMs, sessionName: "", version: 0, completeViews: 0, instances: new Map(), groups: new Map() };
}

/** Memory of a group that was never read. */
export const emptyGroupMemory: GroupMemory = { completeViews: 0, bootFailures: 0, pausesInARow: 0, bootSeconds: [], regrets: noRegrets };
