import type { AgentGroup } from "../../contract/agentConfig";

/**
 * Why a cloud refused, one closed list for all clouds.
 *
 * `capacity`: it has no such machine now. `quota`: the account may not have more. `misconfigured`: no retry will help until somebody changes the group.
 * `throttled`: ask less often. `gone`: what was named is not there. `unauthorized`: the agent may not do this. `unreachable`: no answer in time, and what was
 * asked may have happened all the same. `unknown`: everything else.
 */
export type BackendErrorCode = "capacity" | "quota" | "misconfigured" | "throttled" | "gone" | "unauthorized" | "unreachable" | "unknown";

/** A refusal as data. `message` is for a person and names the cloud's own code. */
export interface BackendError {
  readonly code: BackendErrorCode;
  readonly message: string;
}

/**
 * What a group says of one of its machines. `unknown` stands for every state that the agent does not know: such a machine is counted and never touched.
 */
export type InstanceLifecycle = "pending" | "in-service" | "terminating" | "unknown";

/** How a machine is paid for. */
export type Market = "on-demand" | "spot";

export interface GroupInstance {
  readonly instanceId: string;
  readonly lifecycle: InstanceLifecycle;
  /** The cloud's own word for `lifecycle`. */
  readonly cloudState: string;
  readonly instanceType: string;
  readonly zone: string;
  /** True: it fills one place of the group's desired size. False for machines that leave or stand aside. */
  readonly fillsDesired: boolean;
  /** True: lowering the group's size cannot end it. */
  readonly protectedFromScaleIn: boolean;
}

/** A node group as read at one moment, complete. */
export interface NodeGroupState {
  readonly desired: number;
  readonly min: number;
  readonly max: number;
  readonly instances: readonly GroupInstance[];
  /** True when somebody stopped the group from launching machines. */
  readonly launchSuspended: boolean;
  /** Zones and markets in which the group launches machines; absent when the cloud does not say. */
  readonly zones?: readonly string[];
  readonly markets?: readonly Market[];
  /** In the cloud's own words why places of the desired size have no machine yet; absent when all have one, or the cloud does not say. */
  readonly unfilledBecause?: string;
}

/** A group is known in full or not at all: an incomplete answer is unknown, and unknown is never zero. */
export type NodeGroupObservation =
  | { readonly kind: "known"; readonly state: NodeGroupState }
  | { readonly kind: "unknown"; readonly error: BackendError };

/** A launch that the cloud gave up on. */
export interface LaunchFailure {
  readonly code: BackendErrorCode;
  readonly message: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** Where and in which market it was tried; absent when the cloud does not say. */
  readonly zone?: string;
  readonly market?: Market;
}

/** What became of one write. `skipped`: a dry run, or no call left in the agent's own budget. */
export type WriteOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: BackendError }
  | { readonly kind: "skipped"; readonly reason: string };

/**
 * A machine to end. `lower` takes its place away with it, so that it is not replaced: the ordinary case. `keep` leaves the desired size: when somebody
 * set it below what runs, so that this machine has no place to take away, or when the group is at its own minimum.
 */
export interface EndOfInstance {
  readonly instanceId: string;
  readonly desiredSize: "lower" | "keep";
}

/**
 * What a cloud must do for the agent, and all that it may do: there is no call that edits a group's own settings.
 *
 * Every call has a deadline of its own beside the caller's signal. Errors are data; nothing is thrown but the signal's reason. No call repeats itself:
 * the next tick does. Calls for one group never depend on another group.
 */
export interface NodeGroupBackend {
  /** All named groups, each of them known or unknown; every name has an entry. */
  describe(groups: readonly AgentGroup[], signal: AbortSignal): Promise<ReadonlyMap<string, NodeGroupObservation>>;
  /** Epoch milliseconds at which machines were launched. What is missing is not known (yet). */
  launchTimes(instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** Launches of the group that failed lately, newest first; empty when the cloud does not say. */
  launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]>;
  /** In the cloud's own words why machines of the group were ended, or are being ended, by instance id; what is missing the cloud does not say (yet). */
  endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** What the machine wrote to its console last, oldest line first: at most 20 lines and 2,048 characters; empty when the cloud does not say. Takes 2 seconds at most. */
  consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Sets the group's size as an absolute number: repeating it is harmless. The caller has read the group right before. */
  setDesired(group: AgentGroup, desired: number, signal: AbortSignal): Promise<WriteOutcome>;
  /** Ends this very machine. A machine that is gone already is `failed` with code `gone`. */
  terminate(group: AgentGroup, end: EndOfInstance, signal: AbortSignal): Promise<WriteOutcome>;
}
