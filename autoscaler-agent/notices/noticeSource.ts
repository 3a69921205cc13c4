import type { AgentConfig } from "../../contract/agentConfig";
import type { NoticesObservation } from "../decide/tick/machineNotices";

/** The machines that the agent knows of in this tick. */
export interface KnownMachines {
  readonly instanceIds: ReadonlySet<string>;
  /** Every group was read in full: a machine that is not named is none of this cluster's. */
  readonly complete: boolean;
}

/** Where the cloud announces what will happen to machines. */
export interface NoticeSource {
  /** What is announced of the known machines. Never throws but the signal's reason; what cannot be read is a problem, and what was heard still stands. */
  read(place: AgentConfig["notices"], machines: KnownMachines, signal: AbortSignal): Promise<NoticesObservation>;
}
