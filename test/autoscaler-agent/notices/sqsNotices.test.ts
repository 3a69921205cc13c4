import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it } from "vitest";
import { SqsNotices } from "../../../autoscaler-agent/notices/sqsNotices";
import { FakeClock } from "../../support/fakeClock";
import { EVENT_TIME, healthEvent, rebalanceEvent, spotEvent } from "../../support/noticeEvents";

const ours = "i-0a1b2c3d4e5f60718";
const other = "i-0ffffffffffffffff";
const place = { queueUrl: "https://sqs.us-east-1.amazonaws.com/123456789012/demo-notices" };
const machines = { instanceIds: new Set([ours]), complete: true };
const signal = new AbortController().signal;
const spotTimeMs = Date.parse(EVENT_TIME);

/** A queue as the agent sees it: every message is given out until it is deleted, ten at a time. */
class FakeQueue {
  readonly messages = new Map<string, Message>();
  readonly deleted: string[] = [];
  readonly calls: string[] = [];
  failure: Error | undefined;
  #seen = 0;
  #given = 0;

  put(event: unknown, receivedMs = spotTimeMs, count = 1): string {
    const id = `message-${this.messages.size + this.deleted.length + 1}`;
    const Attributes = { ApproximateFirstReceiveTimestamp: String(receivedMs), ApproximateReceiveCount: String(count) };
    this.messages.set(id, { MessageId: id, Body: typeof event === "string" ? event : JSON.stringify(event), Attributes });
    return id;
  }

  get client(): SQSClient {
    return { send: async (command: unknown) => this.#answer(command) } as SQSClient;
  }

  #answer(command: unknown): unknown {
    if (this.failure !== undefined) throw this.failure;
    if (command instanceof ReceiveMessageCommand) {
      this.calls.push("receive");
      const page = [...this.messages.values()].slice(this.#given, this.#given + 10);
      this.#given = page.length < 10 ? 0 : this.#given + 10;
      this.#seen += 1;
      return { Messages: page.map((message) => ({ ...message, ReceiptHandle: `${message.MessageId} of ${this.#seen}` })) };
    }
    if (command instanceof DeleteMessageBatchCommand) {
      this.calls.push("delete");
      for (const { ReceiptHandle = "" } of command.input.Entries ?? []) {
        const id = ReceiptHandle.split(" ")[0] ?? "";
        if (this.messages.delete(id)) this.deleted.push(id);
      }
    }
    return {};
  }
}

describe("SqsNotices", () => {
  let clock: FakeClock;
  let queue: FakeQueue;
  let source: SqsNotices;
  beforeEach(() => {
    clock = new FakeClock();
    queue = new FakeQueue();
    source = new SqsNotices(queue.client, clock);
  });

  const read = async (known = machines) => {
    clock.advance(5);
    return await source.read(place, known, signal);
  };

  it("tells the deadline by the queue's clock, however wrong the head's is", async () => {
    queue.put(spotEvent(ours), spotTimeMs + 20_000);
    const { notices } = await read();
    expect(notices.get(ours)).toMatchObject({ kind: "spot-interruption", deadlineMs: clock.monotonicMs() + 100_000 });
  });

  it("leaves the message until the machine is gone, then deletes it with its newest handle", async () => {
    queue.put(spotEvent(ours));
    expect((await read()).notices.size).toBe(1);
    expect((await read()).notices.size).toBe(1);
    expect(queue.deleted).toEqual([]);
    expect((await read({ instanceIds: new Set(), complete: true })).notices.size).toBe(0);
    expect(queue.deleted).toEqual(["message-1"]);
  });

  it("keeps the first deadline of a message that comes again, and tells a new agent of it", async () => {
    queue.put(spotEvent(ours));
    const first = (await read()).notices.get(ours)?.deadlineMs;
    expect((await read()).notices.get(ours)?.deadlineMs).toBe(first);
    source = new SqsNotices(queue.client, clock);
    expect((await read()).notices.get(ours)?.kind).toBe("spot-interruption");
  });

  it("counts the same notice once, and puts the surest first", async () => {
    queue.put(rebalanceEvent(ours));
    queue.put(healthEvent([ours]));
    queue.put(spotEvent(ours), spotTimeMs + 5_000);
    queue.put(spotEvent(ours), spotTimeMs + 9_000);
    const { notices } = await read();
    expect([...notices.values()]).toMatchObject([{ kind: "spot-interruption", deadlineMs: clock.monotonicMs() + 111_000 }]);
  });

  it("deletes what concerns other clusters' machines, but not while a group of its own cannot be read", async () => {
    queue.put(spotEvent(other));
    queue.put(healthEvent([other, ours]));
    await read({ ...machines, complete: false });
    expect(queue.deleted).toEqual([]);
    const { notices } = await read();
    expect([queue.deleted, [...notices.keys()]]).toEqual([["message-1"], [ours]]);
  });

  it("drops and counts what has no known form, and goes on", async () => {
    queue.put("{");
    queue.put(spotEvent(ours));
    const seen = await read();
    expect([seen.droppedCount, [...seen.notices.keys()], queue.deleted]).toEqual([1, [ours], ["message-1"]]);
  });

  it("forgets a scheduled event that is called off", async () => {
    queue.put(healthEvent([ours]));
    await read();
    queue.put(healthEvent([ours], { statusCode: "closed" }));
    expect((await read()).notices.size).toBe(0);
    await read();
    expect(queue.messages.size).toBe(0);
  });

  it("forgets the notice of a machine that is still there five minutes after its time", async () => {
    queue.put(spotEvent(ours));
    await read();
    clock.advance(415);
    expect((await read()).notices.size).toBe(0);
    expect(queue.deleted).toEqual(["message-1"]);
  });

  it("keeps what it heard while the queue cannot be read, and says why", async () => {
    queue.put(spotEvent(ours));
    await read();
    queue.failure = Object.assign(new Error("no"), { name: "AccessDenied" });
    const seen = await read();
    expect([seen.problem, seen.notices.size]).toEqual(["AccessDenied: no", 1]);
    queue.failure = undefined;
    // Not asked again at once: a queue that does not answer costs a tick its time.
    expect((await read()).problem).toBe("AccessDenied: no");
    clock.advance(5);
    expect((await read()).problem).toBeUndefined();
  });

  it("throws nothing but the agent's own end", async () => {
    queue.failure = new Error("aborted");
    await expect(source.read(place, machines, AbortSignal.abort(new Error("stop")))).rejects.toThrow("stop");
  });

  it("asks every five seconds, and on as long as the pages are full", async () => {
    for (let index = 0; index < 25; index += 1) queue.put(spotEvent(ours));
    await read();
    expect(queue.calls).toEqual(["receive", "receive", "receive"]);
    clock.advance(2);
    await source.read(place, machines, signal);
    expect(queue.calls).toHaveLength(3);
  });

  it("asks nobody where no queue is configured", async () => {
    const seen = await source.read(undefined, machines, signal);
    expect([seen.notices.size, queue.calls]).toEqual([0, []]);
  });
});
