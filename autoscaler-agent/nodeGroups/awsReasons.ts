import { type Activity, DescribeScalingActivitiesCommand } from "@aws-sdk/client-auto-scaling";
import { GetConsoleOutputCommand } from "@aws-sdk/client-ec2";
import type { AgentGroup } from "../../contract/agentConfig";
import { withDeadline } from "../deadline";
import type { AwsClients } from "./awsClients";
import { awsActivityFailure, awsActivityPlace } from "./awsErrors";
import type { LaunchFailure } from "./backend";
import { backendOf } from "./backendOf";
import { consoleLines } from "./consoleLines";

/** Scaling activities looked at for failed launches of a group, and for ends: a zone that goes takes many machines at once. */
const LAUNCHES = 20;
const MOST_ACTIVITIES = 100;
const CALL_DEADLINE_MS = 8_000;
/** A tick waits for why a machine ended, and an end for what the machine wrote last: neither is worth more. */
const SHORT_DEADLINE_MS = 2_000;
/** Of what an activity says of an end so much is told. */
const MOST_LETTERS = 300;

/** Why machines did not come and why they went, as far as AWS says. What it does not say, and what cannot be read, is simply not known: nothing depends on it. */
export class AwsReasons {
  readonly #clients: AwsClients;

  constructor(clients: AwsClients) {
    this.#clients = clients;
  }

  async launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    // Not knowing why a launch is late changes nothing: its deadline ends the wait.
    const activities = await this.#activities(group, { most: LAUNCHES, deadlineMs: CALL_DEADLINE_MS }, signal);
    return activities
      .filter(
        ({ StatusCode, Description = "", StatusMessage = "" }) => StatusCode === "Failed" && /launch/i.test(Description + StatusMessage),
      )
      .map((activity) => ({
        code: awsActivityFailure(activity.StatusMessage ?? ""),
        message: activity.StatusMessage ?? activity.Description ?? "launch failed",
        atMs: (activity.EndTime ?? activity.StartTime ?? new Date(0)).getTime(),
        ...awsActivityPlace({ details: activity.Details, statusMessage: activity.StatusMessage }),
      }))
      .sort((a, b) => b.atMs - a.atMs);
  }

  async endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const activities = await this.#activities(group, { most: MOST_ACTIVITIES, deadlineMs: SHORT_DEADLINE_MS }, signal);
    const wanted = new Set(instanceIds);
    const told = activities.flatMap(({ Description = "", Cause = "" }): [string, string][] => {
      const id = /^Terminating EC2 instance: (i-[0-9a-z]+)/.exec(Description)?.[1];
      const reason = endReason(Cause);
      return id === undefined || !wanted.has(id) || reason === "" ? [] : [[id, reason]];
    });
    // Newest first, and the last of a key stays.
    return new Map(told.reverse());
  }

  async consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    const abortSignal = withDeadline(signal, SHORT_DEADLINE_MS);
    try {
      return await this.#console(instanceId, { latest: true, abortSignal });
    } catch (thrown) {
      signal.throwIfAborted();
      // Types without Nitro have no newest output, only what was posted after the last start.
      if (!(thrown instanceof Error && thrown.name.startsWith("Unsupported"))) return [];
    }
    try {
      return await this.#console(instanceId, { latest: false, abortSignal });
    } catch {
      signal.throwIfAborted();
      return [];
    }
  }

  async #console(instanceId: string, { latest, abortSignal }: { latest: boolean; abortSignal: AbortSignal }): Promise<readonly string[]> {
    if (!this.#clients.budget.take("read-console")) return [];
    const command = new GetConsoleOutputCommand({ InstanceId: instanceId, ...(latest ? { Latest: true } : {}) });
    const { Output: output = "" } = await this.#clients.ec2.send(command, { abortSignal });
    return consoleLines(Buffer.from(output, "base64").toString("utf8"));
  }

  async #activities(
    group: AgentGroup,
    { most, deadlineMs }: { most: number; deadlineMs: number },
    signal: AbortSignal,
  ): Promise<readonly Activity[]> {
    if (!this.#clients.budget.take("read-activities")) return [];
    const { autoScalingGroupName } = backendOf(group, "aws-auto-scaling-group");
    const command = new DescribeScalingActivitiesCommand({ AutoScalingGroupName: autoScalingGroupName, MaxRecords: most });
    try {
      const reply = await this.#clients.autoScaling.send(command, { abortSignal: withDeadline(signal, deadlineMs) });
      return reply.Activities ?? [];
    } catch {
      signal.throwIfAborted();
      return [];
    }
  }
}

/**
 * What an activity gives as its cause, without times: "At 2026-01-02T03:04:05Z an instance was taken out of service in response to an instance refresh." is
 * "an instance refresh". AWS names no closed list of causes, so its own words are told.
 *
 * @see docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html
 */
function endReason(cause: string): string {
  return cause
    .split(/\s*\bAt \d{4}-\d{2}-\d{2}T[\d:.]+Z,?\s+/)
    .map((sentence) => sentence.trim().replace(/\.$/, ""))
    .filter((sentence) => sentence !== "" && !/selected for termination$/.test(sentence))
    .map((sentence) => /taken out of service in response to (.+)$/s.exec(sentence)?.[1] ?? sentence)
    .join("; ")
    .replace(/\s+/g, " ")
    .slice(0, MOST_LETTERS);
}
