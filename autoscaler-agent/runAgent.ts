import { agentVersion } from "./agentVersion";
import type { BootReportSource } from "./bootReportSource";
import type { Clock } from "./clock";
import { ConfigSource } from "./configSource";
import { decide } from "./decide/decide";
import { AgentLoop } from "./loop";
import type { NodeGroupBackend } from "./nodeGroups/backend";
import type { NoticeSource } from "./notices/noticeSource";
import { PauseSource } from "./pauseSource";
import type { RayControl } from "./ray/rayControl";
import { DecisionRing } from "./recorder/decisionRing";
import type { Heartbeat } from "./report/heartbeat";
import type { Log } from "./report/log";
import { Reporting } from "./report/reporting";

/** What a platform has for the agent. */
export interface AgentPlatform {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the spread of waits. */
  readonly random: () => number;
  /** The text of the configuration, with a deadline of its own. */
  readonly configText: (signal: AbortSignal) => Promise<string>;
  /** The text of the kill switch, or undefined when there is none, with a deadline of its own. */
  readonly pauseText: (clusterName: string, signal: AbortSignal) => Promise<string | undefined>;
  readonly ray: RayControl;
  readonly backend: NodeGroupBackend;
  readonly bootReports: BootReportSource;
  readonly notices: NoticeSource;
  /** Absent: nobody looks for it. */
  readonly heartbeat?: Heartbeat;
  /** Absent: decisions are not recorded. */
  readonly recordFolder?: string | undefined;
}

/** Runs the agent until the signal says stop. */
export async function runAgent(platform: AgentPlatform, signal: AbortSignal): Promise<void> {
  const { clock, log, random, ray, backend, bootReports, notices, heartbeat, recordFolder } = platform;
  const configSource = new ConfigSource({ fetch: platform.configText, clock });
  const pauseSource = new PauseSource({ fetch: platform.pauseText, clock });
  const reporting = new Reporting({
    clock,
    log,
    ray,
    configSource,
    ...(heartbeat === undefined ? {} : { heartbeat }),
    ...(recordFolder === undefined
      ? {}
      : { recorder: new DecisionRing({ folder: recordFolder, clock, agentVersion: agentVersion(process.argv[1]) }) }),
  });
  const nextConfig = async () => {
    const config = await configSource.current(signal);
    await reporting.configuration(config);
    return config;
  };
  const loop = new AgentLoop({
    clock,
    random,
    killSwitch: (clusterName, stop) => pauseSource.current(clusterName, stop),
    ray,
    backend,
    bootReports,
    notices,
    decide,
  });
  await loop.run(nextConfig, (record, reportSignal) => reporting.tick(record, reportSignal), signal);
  await reporting.close();
}
