import { type CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import type { AgentConfig } from "../../contract/agentConfig";
import { withDeadline } from "../deadline";

const EVERY_MS = 60_000;
const RETRY_MS = 10_000;
const CALL_DEADLINE_MS = 5_000;

/**
 * Tells CloudWatch once a minute that the agent ticks: metric `AgentHeartbeat`, dimension `ClusterName`. The watchdog alarm looks for it, so it is sent after a
 * tick and never by a timer of its own: an agent that hangs must fall silent.
 */
export class Heartbeat {
  readonly #cloudWatch: CloudWatchClient;
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(cloudWatch: CloudWatchClient) {
    this.#cloudWatch = cloudWatch;
  }

  /** @throws what the SDK throws; tried again after 10 seconds. */
  async beat(config: AgentConfig, nowMs: number, signal: AbortSignal): Promise<void> {
    if (config.heartbeatNamespace === undefined || nowMs < this.#dueMs) {
      return;
    }
    this.#dueMs = nowMs + RETRY_MS;
    const command = new PutMetricDataCommand({
      Namespace: config.heartbeatNamespace,
      MetricData: [
        { MetricName: "AgentHeartbeat", Value: 1, Unit: "Count", Dimensions: [{ Name: "ClusterName", Value: config.clusterName }] },
      ],
    });
    await this.#cloudWatch.send(command, { abortSignal: withDeadline(signal, CALL_DEADLINE_MS) });
    this.#dueMs = nowMs + EVERY_MS;
  }
}
