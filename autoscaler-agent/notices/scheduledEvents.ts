import { DescribeInstanceStatusCommand, type EC2Client, type EventCode, type InstanceStatus } from "@aws-sdk/client-ec2";
import type { AgentConfig } from "../../contract/agentConfig";
import type { Clock } from "../clock";
import { withDeadline } from "../deadline";
import { type MachineNotice, mostPressing, type NoticesObservation } from "../decide/tick/machineNotices";
import type { CallBudget } from "../nodeGroups/callBudget";
import { isOfUse } from "./noticeLife";
import type { KnownMachines, NoticeSource } from "./noticeSource";

/** Events are known days ahead, and the queue tells of new ones at once. */
const LOOK_EVERY_MS = 3_600_000;
const AFTER_PROBLEM_MS = 300_000;
/** A tick waits for the look: one without an answer costs it no more than this. */
const LOOK_DEADLINE_MS = 2_000;
/** The most that EC2 gives at once. */
const PER_PAGE = 1_000;

const codes: readonly EventCode[] = ["instance-reboot", "instance-retirement", "instance-stop", "system-maintenance", "system-reboot"];

/** What the look is made with. */
export interface ScheduledEventsOptions {
  readonly ec2: EC2Client;
  readonly budget: CallBudget;
  readonly clock: Clock;
}

/**
 * What EC2 itself has down for its machines: retirement, stop, reboot, maintenance. Asked when the agent starts and every hour.
 *
 * The queue tells of a new event within seconds, but keeps it for a day, and events are known two weeks ahead and more: a new agent would not hear of them. Keeping the queue's
 * messages for the fourteen days that SQS can would still lose what was announced before that, or before the queue was there, and a head that comes back after a
 * week would have to read the notices of all machines of the account for that week before it hears the newest. One filtered call an hour is the whole truth.
 *
 * Times are told by the head's clock: an hour matters little in days, and nothing is ended for an event before its node has left Ray.
 *
 * @see docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceStatus.html
 */
export class ScheduledEvents implements NoticeSource {
  readonly #options: ScheduledEventsOptions;
  #notices: readonly MachineNotice[] = [];
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;

  constructor(options: ScheduledEventsOptions) {
    this.#options = options;
  }

  async read(_place: AgentConfig["notices"], machines: KnownMachines, signal: AbortSignal): Promise<NoticesObservation> {
    const { clock, budget } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs >= this.#notBeforeMs && budget.take("read-events")) await this.#look(signal);
    return {
      notices: mostPressing(this.#notices.filter((notice) => isOfUse(notice, machines, nowMs))),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      droppedCount: 0,
    };
  }

  /** A look that does not come to its end changes nothing: what was known stands. */
  async #look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    try {
      this.#notices = (await this.#readAll(withDeadline(signal, LOOK_DEADLINE_MS))).flatMap((status) => this.#noticesOf(status));
      this.#problem = undefined;
      this.#notBeforeMs = clock.monotonicMs() + LOOK_EVERY_MS;
    } catch (thrown) {
      signal.throwIfAborted();
      this.#problem = `scheduled events: ${thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown)}`;
      this.#notBeforeMs = clock.monotonicMs() + AFTER_PROBLEM_MS;
    }
  }

  /** Of all machines of the account and region that have events: usually few, and what concerns others is left out later. */
  async #readAll(abortSignal: AbortSignal): Promise<readonly InstanceStatus[]> {
    const found: InstanceStatus[] = [];
    let nextToken: string | undefined;
    do {
      const command = new DescribeInstanceStatusCommand({
        Filters: [{ Name: "event.code", Values: [...codes] }],
        MaxResults: PER_PAGE,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      });
      const page = await this.#options.ec2.send(command, { abortSignal });
      found.push(...(page.InstanceStatuses ?? []));
      nextToken = page.NextToken;
    } while (nextToken !== undefined);
    return found;
  }

  #noticesOf({ InstanceId: instanceId, Events = [] }: InstanceStatus): MachineNotice[] {
    const { clock } = this.#options;
    return Events.flatMap(({ Code, Description = "", NotBefore }): MachineNotice[] => {
      // EC2 lists an event for up to a week after it is over.
      if (instanceId === undefined || Code === undefined || /^\[(?:Completed|Canceled)\]/.test(Description)) return [];
      const deadline = NotBefore === undefined ? {} : { deadlineMs: clock.monotonicMs() + NotBefore.getTime() - clock.epochMs() };
      return [{ instanceId, kind: "scheduled", what: Code, ...deadline }];
    });
  }
}
