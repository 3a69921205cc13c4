import type { EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { AllNotices } from "../../../autoscaler-agent/notices/allNotices";
import type { NoticeSource } from "../../../autoscaler-agent/notices/noticeSource";
import { ScheduledEvents } from "../../../autoscaler-agent/notices/scheduledEvents";
import { FakeClock } from "../../support/fakeClock";

const { signal } = new AbortController();
const machines = { instanceIds: new Set(["i-0a", "i-0b"]), complete: true };

interface Event {
  readonly Code?: string;
  readonly Description?: string;
  readonly NotBefore?: Date;
}

class FakeEc2 {
  readonly clock = new FakeClock();
  readonly events = new Map<string, readonly Event[]>();
  readonly inputs: Record<string, unknown>[] = [];
  /** What is answered instead, by page from 1. */
  fault: (page: number) => Error | undefined = () => undefined;
  readonly budget = new CallBudget(this.clock);
  source = this.newAgent();

  newAgent(): ScheduledEvents {
    const ec2 = { send: async (command: { input: Record<string, unknown> }) => this.#answer(command.input) };
    return new ScheduledEvents({ ec2: ec2 as unknown as EC2Client, budget: this.budget, clock: this.clock });
  }

  async heard() {
    const { notices, problem } = await this.source.read(undefined, machines, signal);
    return { notices: [...notices.values()], problem };
  }

  at(seconds: number): Date {
    return new Date(this.clock.epochMs() + seconds * 1000);
  }

  #answer(input: Record<string, unknown>): object {
    this.inputs.push(input);
    const page = Number(input["NextToken"] ?? 1);
    const fault = this.fault(page);
    if (fault !== undefined) throw fault;
    const [id, Events] = [...this.events][page - 1] ?? [];
    const more = page < this.events.size ? { NextToken: String(page + 1) } : {};
    return { InstanceStatuses: id === undefined ? [] : [{ InstanceId: id, Events }], ...more };
  }
}

describe("ScheduledEvents", () => {
  it("tells a new agent of an event however long it has been known, page by page, and of no other machine", async () => {
    const ec2 = new FakeEc2();
    ec2.events.set("i-0c", [{ Code: "instance-stop", NotBefore: ec2.at(60) }]);
    ec2.events.set("i-0a", [{ Code: "instance-retirement", Description: "degraded hardware", NotBefore: ec2.at(600_000) }]);
    ec2.events.set("i-0b", [{ Code: "system-reboot" }]);
    const retired = {
      instanceId: "i-0a",
      kind: "scheduled",
      what: "instance-retirement",
      deadlineMs: ec2.clock.monotonicMs() + 600_000_000,
    };
    const { notices, problem } = await ec2.heard();
    expect(problem).toBeUndefined();
    expect(notices).toHaveLength(2);
    expect(notices).toContainEqual(retired);
    expect(notices).toContainEqual({ instanceId: "i-0b", kind: "scheduled", what: "system-reboot" });
    ec2.clock.advance(86_400 * 5);
    ec2.source = ec2.newAgent();
    expect((await ec2.heard()).notices).toContainEqual(retired);
    expect(ec2.inputs[0]).toMatchObject({ Filters: [{ Name: "event.code" }], MaxResults: 1000 });
  });

  it("asks once an hour, and forgets what is called off", async () => {
    const ec2 = new FakeEc2();
    ec2.events.set("i-0a", [{ Code: "instance-stop", NotBefore: ec2.at(100_000) }]);
    for (let tick = 0; tick < 1799; tick += 1) {
      await ec2.heard();
      ec2.clock.advance(2);
    }
    expect([ec2.inputs.length, (await ec2.heard()).notices.length]).toEqual([1, 1]);
    ec2.events.clear();
    ec2.clock.advance(2);
    expect([(await ec2.heard()).notices, ec2.inputs.length]).toEqual([[], 2]);
  });

  it("leaves out what is over: done, called off, or long past its time", async () => {
    const ec2 = new FakeEc2();
    ec2.events.set("i-0a", [
      { Code: "instance-stop", Description: "[Completed] The instance was stopped" },
      { Code: "instance-reboot", Description: "[Canceled] no more" },
      { Code: "system-maintenance", NotBefore: ec2.at(-299) },
    ]);
    expect((await ec2.heard()).notices).toMatchObject([{ what: "system-maintenance" }]);
    ec2.clock.advance(2);
    expect((await ec2.heard()).notices).toEqual([]);
  });

  it("keeps what it knew when a page is lost, says so, and asks again after five minutes", async () => {
    const ec2 = new FakeEc2();
    ec2.events.set("i-0a", [{ Code: "instance-stop", NotBefore: ec2.at(100_000) }]);
    ec2.events.set("i-0b", [{ Code: "instance-stop", NotBefore: ec2.at(100_000) }]);
    await ec2.heard();
    ec2.clock.advance(3600);
    ec2.fault = (page) => (page === 2 ? Object.assign(new Error("no"), { name: "UnauthorizedOperation" }) : undefined);
    const { notices, problem } = await ec2.heard();
    expect([notices.length, problem]).toEqual([2, "scheduled events: UnauthorizedOperation: no"]);
    ec2.fault = () => undefined;
    ec2.clock.advance(298);
    expect((await ec2.heard()).problem).toBeDefined();
    ec2.clock.advance(2);
    expect((await ec2.heard()).problem).toBeUndefined();
    ec2.fault = () => new Error("no answer");
    const stopped = AbortSignal.abort(new Error("told to stop"));
    await expect(ec2.newAgent().read(undefined, machines, stopped)).rejects.toThrow("told to stop");
  });

  it("waits for a call that its budget has", async () => {
    const ec2 = new FakeEc2();
    ec2.events.set("i-0a", [{ Code: "instance-stop" }]);
    while (ec2.budget.take("read-instances"));
    expect([await ec2.heard(), ec2.inputs.length]).toEqual([{ notices: [], problem: undefined }, 0]);
    ec2.clock.advance(6);
    expect((await ec2.heard()).notices).toHaveLength(1);
  });
});

describe("AllNotices", () => {
  it("tells what any source tells, the most pressing of one machine, and every problem", async () => {
    const source = (kind: "scheduled" | "spot-interruption", ids: readonly string[], problem?: string): NoticeSource => ({
      read: async () => ({
        notices: new Map(ids.map((instanceId) => [instanceId, { instanceId, kind, what: "w" }])),
        ...(problem === undefined ? {} : { problem }),
        droppedCount: 2,
      }),
    });
    const all = new AllNotices([
      source("spot-interruption", ["i-0a"], "one"),
      source("scheduled", ["i-0a", "i-0b"], "two"),
      source("scheduled", []),
    ]);
    const { notices, problem, droppedCount } = await all.read(undefined, machines, signal);
    expect([...notices.values()].map(({ instanceId, kind }) => `${instanceId} ${kind}`).sort()).toEqual([
      "i-0a spot-interruption",
      "i-0b scheduled",
    ]);
    expect([problem, droppedCount]).toEqual(["one; two", 6]);
    expect(await new AllNotices([source("scheduled", [])]).read(undefined, machines, signal)).toEqual({
      notices: new Map(),
      droppedCount: 2,
    });
  });
});
