import type { AgentConfig } from "../contract/agentConfig";
import type { BootReport } from "../contract/bootReport";

/** Where machines say how far their start has come. */
export interface BootReportSource {
  /**
   * The reports of these machines at the place that the configuration names; a machine without a report, or one that cannot be read, is missing.
   * Never throws but the signal's reason.
   */
  read(place: AgentConfig["bootReports"], instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, BootReport>>;
}
