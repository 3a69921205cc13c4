import type { BootReport } from "../../../contract/bootReport";
import type { LaunchFailure, NodeGroupObservation } from "../../nodeGroups/backend";
import type { RayErrorCode, RaySnapshot } from "../../ray/rayControl";
import type { NoticesObservation } from "./machineNotices";

/** What Ray said, or why it said nothing. */
export type RayObservation =
  | { readonly kind: "known"; readonly snapshot: RaySnapshot }
  | { readonly kind: "unknown"; readonly code: RayErrorCode; readonly message: string };

/** Everything that one tick read. Whatever could not be read in full is unknown, and unknown is never zero. */
export interface Observation {
  /** Monotonic, for durations. */
  readonly nowMs: number;
  /** Wall clock, to compare with the cloud's time stamps. */
  readonly epochMs: number;
  readonly ray: RayObservation;
  /** One entry for each configured group. */
  readonly groups: ReadonlyMap<string, NodeGroupObservation>;
  /** Epoch milliseconds by instance id, for machines that are not in Ray; what is missing is not known. */
  readonly launchTimes: ReadonlyMap<string, number>;
  /** By group name, newest first, for groups that miss machines. */
  readonly launchFailures: ReadonlyMap<string, readonly LaunchFailure[]>;
  /** By instance id, in the cloud's words: why machines ended that the agent did not ask to end; absent: there are none. */
  readonly endReasons?: ReadonlyMap<string, string>;
  /** What the cloud announces about machines of the cluster, the head among them. */
  readonly notices: NoticesObservation;
  /** By instance id, for machines that are not in Ray. */
  readonly bootReports: ReadonlyMap<string, BootReport>;
}
