import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { AgentConfig } from "../../contract/agentConfig";
import type { Clock } from "../clock";
import { withDeadline } from "../deadline";
import { type MachineNotice, mostPressing, type NoticesObservation } from "../decide/tick/machineNotices";
import { isExpired, isOfUse } from "./noticeLife";
import type { KnownMachines, NoticeSource } from "./noticeSource";
import { parseNotice } from "./parseNotice";

/** Two minutes are short, and a read every tick would be many calls. */
const READ_EVERY_MS = 5_000;
/** A tick waits for the queue: one that does not answer may cost it no more than this, and not every time. */
const CALL_DEADLINE_MS = 2_000;
const AFTER_PROBLEM_MS = 15_000;
/** The most that SQS gives, and takes, at once. */
const MESSAGES_PER_CALL = 10;
/** A zone that is taken back at once makes hundreds of messages. */
const CALLS_PER_READ = 20;
/** More are left in the queue until some of these are settled. */
const MOST_HELD = 5_000;

interface HeldMessage {
  readonly receiptHandle: string;
  readonly notices: readonly MachineNotice[];
}

/**
 * Notices from an SQS queue that EventBridge fills.
 *
 * A message stays in the queue until its machine is gone from its group, or the notice is over: an agent that starts anew is told again. The queue has the notices
 * of all machines of the account in the region: those of other machines, and what has no known form, are deleted. The same notice twice counts once.
 *
 * Deadlines are told from the queue's own clock: the head's clock may be wrong.
 */
export class SqsNotices implements NoticeSource {
  readonly #sqs: SQSClient;
  readonly #clock: Clock;
  readonly #held = new Map<string, HeldMessage>();
  #unwanted: string[] = [];
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;
  #droppedCount = 0;

  constructor(sqs: SQSClient, clock: Clock) {
    this.#sqs = sqs;
    this.#clock = clock;
  }

  async read(place: AgentConfig["notices"], machines: KnownMachines, signal: AbortSignal): Promise<NoticesObservation> {
    const nowMs = this.#clock.monotonicMs();
    if (place !== undefined && nowMs >= this.#notBeforeMs) {
      this.#notBeforeMs = nowMs + READ_EVERY_MS;
      const abortSignal = withDeadline(signal, CALL_DEADLINE_MS);
      try {
        await this.#receive(place.queueUrl, abortSignal);
        await this.#delete(place.queueUrl, [...this.#unwanted, ...this.#settle(machines)], abortSignal);
        this.#problem = undefined;
      } catch (thrown) {
        signal.throwIfAborted();
        this.#notBeforeMs = nowMs + AFTER_PROBLEM_MS;
        this.#problem = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
      }
    }
    const notices = [...this.#held.values()].flatMap((message) => message.notices).filter((notice) => isOfUse(notice, machines, nowMs));
    return {
      notices: mostPressing(notices),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
      droppedCount: this.#droppedCount,
    };
  }

  async #receive(queueUrl: string, abortSignal: AbortSignal): Promise<void> {
    for (let call = 0; call < CALLS_PER_READ && this.#held.size < MOST_HELD; call += 1) {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_PER_CALL,
        MessageSystemAttributeNames: ["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount"],
      });
      const { Messages = [] } = await this.#sqs.send(command, { abortSignal });
      for (const message of Messages) this.#take(message);
      if (Messages.length < MESSAGES_PER_CALL) return;
    }
  }

  #take(message: Message): void {
    const { MessageId: id = "", ReceiptHandle: receiptHandle = "", Body: body = "" } = message;
    const known = this.#held.get(id);
    if (known !== undefined) {
      this.#held.set(id, { ...known, receiptHandle });
      return;
    }
    const parsed = parseNotice(body);
    if (parsed === undefined) this.#droppedCount += 1;
    if (parsed === undefined || parsed.isOver) this.#unwanted.push(receiptHandle);
    if (parsed === undefined) return;
    const { kind, what, deadlineEpochMs } = parsed;
    if (parsed.isOver) {
      this.#forget(new Set(parsed.instanceIds), kind);
      return;
    }
    const toDeadlineMs = deadlineEpochMs === undefined ? undefined : deadlineEpochMs - this.#cloudEpochMs(message);
    const deadline = toDeadlineMs === undefined ? {} : { deadlineMs: this.#clock.monotonicMs() + toDeadlineMs };
    this.#held.set(id, { receiptHandle, notices: parsed.instanceIds.map((instanceId) => ({ instanceId, kind, what, ...deadline })) });
  }

  /** What the queue's clock says now. Of a message that was read before, by an agent that is gone, only the head's clock can tell. */
  #cloudEpochMs({ Attributes = {} }: Message): number {
    const firstMs = Number(Attributes.ApproximateFirstReceiveTimestamp);
    return Attributes.ApproximateReceiveCount === "1" && Number.isFinite(firstMs) ? firstMs : this.#clock.epochMs();
  }

  #forget(instanceIds: ReadonlySet<string>, kind: MachineNotice["kind"]): void {
    for (const [id, message] of this.#held) {
      const notices = message.notices.filter((notice) => notice.kind !== kind || !instanceIds.has(notice.instanceId));
      this.#held.set(id, { ...message, notices });
    }
  }

  /** Takes out the messages that are of no more use. Returns their receipt handles. */
  #settle(machines: KnownMachines): string[] {
    const nowMs = this.#clock.monotonicMs();
    const settled = [...this.#held].filter(([, { notices }]) =>
      notices.every((notice) => isExpired(notice, nowMs) || (machines.complete && !machines.instanceIds.has(notice.instanceId))),
    );
    for (const [id] of settled) this.#held.delete(id);
    return settled.map(([, { receiptHandle }]) => receiptHandle);
  }

  /** What is not deleted comes again, and is deleted then. */
  async #delete(queueUrl: string, receiptHandles: readonly string[], abortSignal: AbortSignal): Promise<void> {
    this.#unwanted = [];
    for (let first = 0; first < receiptHandles.length; first += MESSAGES_PER_CALL) {
      const batch = receiptHandles.slice(first, first + MESSAGES_PER_CALL);
      const Entries = batch.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
      await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal });
    }
  }
}
