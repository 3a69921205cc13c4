import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { AwsReasons } from "../../../autoscaler-agent/nodeGroups/awsReasons";
import { CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { agentGroup } from "../../support/agentBuilders";
import { FakeClock } from "../../support/fakeClock";

const { signal } = new AbortController();

type Send = (input: Record<string, unknown>, options: { readonly abortSignal: AbortSignal }) => unknown;

function reasonsOver(send: Send): AwsReasons {
  const client = { send: async (command: { input: Record<string, unknown> }, options: never) => send(command.input, options) };
  const [autoScaling, ec2] = [client as unknown as AutoScalingClient, client as unknown as EC2Client];
  return new AwsReasons({ autoScaling, ec2, budget: new CallBudget(new FakeClock()) });
}

const failing = (name: string) => Object.assign(new Error("no"), { name });
const encoded = (text: string) => ({ Output: Buffer.from(text).toString("base64") });

describe("AwsReasons.endReasons", () => {
  const at = "At 2026-01-02T03:04:05Z";
  const reasonOf = async (Cause: string) => {
    const reasons = reasonsOver(() => ({ Activities: [{ Description: "Terminating EC2 instance: i-0a", Cause }] }));
    return (await reasons.endReasons(agentGroup(), ["i-0a"], signal)).get("i-0a");
  };

  // The sentences are AWS's, from its documentation and from recorded activities.
  it.each([
    [
      `${at} an instance was taken out of service in response to an instance refresh.  ${at} instance i-0a was selected for termination.`,
      "an instance refresh",
    ],
    [`${at} instance i-0a was taken out of service in response to a user request.`, "a user request"],
    [
      `${at} an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.`,
      "an EC2 health check indicating it has been terminated or stopped",
    ],
    [
      `${at} a user request update of AutoScalingGroup constraints to min: 1, max: 3, desired: 2 changing the desired capacity from 3 to 2.  ${at} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from 3 to 2.`,
      "a user request update of AutoScalingGroup constraints to min: 1, max: 3, desired: 2 changing the desired capacity from 3 to 2; a difference between desired and actual capacity, shrinking the capacity from 3 to 2",
    ],
    [`${at} something that nobody has seen yet`, "something that nobody has seen yet"],
    [`${at} ${"long ".repeat(200)}`, "long ".repeat(60)],
    ["", undefined],
  ])("tells of %j", async (cause, reason) => {
    expect(await reasonOf(cause)).toBe(reason);
  });

  it("takes the newest word for each machine that it was asked for", async () => {
    const ended = (id: string, Cause: string) => ({ Description: `Terminating EC2 instance: ${id} - Waiting`, Cause });
    const launched = { Description: "Launching a new EC2 instance: i-0c", Cause: "launch" };
    const inputs: unknown[] = [];
    const reasons = reasonsOver((input) => {
      inputs.push(input);
      return { Activities: [ended("i-0a", "newest"), launched, ended("i-0a", "older"), ended("i-0b", "another"), {}] };
    });
    expect([...(await reasons.endReasons(agentGroup(), ["i-0a", "i-0c"], signal))]).toEqual([["i-0a", "newest"]]);
    expect(inputs).toEqual([{ AutoScalingGroupName: "demo-cpu", MaxRecords: 100 }]);
  });

  it("knows nothing where AWS does not answer, and throws only the signal's reason", async () => {
    const reasons = reasonsOver(() => {
      throw failing("Throttling");
    });
    expect((await reasons.endReasons(agentGroup(), ["i-0a"], signal)).size).toBe(0);
    await expect(reasons.endReasons(agentGroup(), ["i-0a"], AbortSignal.abort(new Error("told to stop")))).rejects.toThrow("told to stop");
  });
});

describe("AwsReasons.consoleTail", () => {
  it("reads the newest output", async () => {
    const inputs: unknown[] = [];
    const reasons = reasonsOver((input) => {
      inputs.push(input);
      return encoded("Booting\r\nKernel panic – not syncing\r\n");
    });
    expect(await reasons.consoleTail("i-0a", signal)).toEqual(["Booting", "Kernel panic – not syncing"]);
    expect(inputs).toEqual([{ InstanceId: "i-0a", Latest: true }]);
  });

  it("reads what was posted where a type has no newest output", async () => {
    const reasons = reasonsOver((input) => {
      if (input["Latest"] === true) throw failing("UnsupportedOperation");
      return encoded("posted");
    });
    expect(await reasons.consoleTail("i-0a", signal)).toEqual(["posted"]);
  });

  it.each(["UnauthorizedOperation", "InvalidInstanceID.NotFound", "TimeoutError"])("says nothing after %s, and asks once", async (name) => {
    let calls = 0;
    const reasons = reasonsOver(() => {
      calls += 1;
      throw failing(name);
    });
    expect([await reasons.consoleTail("i-0a", signal), calls]).toEqual([[], 1]);
    expect(await reasonsOver(() => ({})).consoleTail("i-0a", signal)).toEqual([]);
  });

  it("gives up by itself, and throws only the signal's reason", async () => {
    let seen: AbortSignal | undefined;
    const reasons = reasonsOver((_input, { abortSignal }) => {
      seen = abortSignal;
      throw failing("AbortError");
    });
    expect(await reasons.consoleTail("i-0a", signal)).toEqual([]);
    expect(seen).not.toBe(signal);
    await expect(reasons.consoleTail("i-0a", AbortSignal.abort(new Error("told to stop")))).rejects.toThrow("told to stop");
  });

  it("leaves calls to EC2 for launch times", async () => {
    let calls = 0;
    const reasons = reasonsOver(() => {
      calls += 1;
      return {};
    });
    for (let machine = 0; machine < 20; machine += 1) await reasons.consoleTail(`i-${machine}`, signal);
    expect(calls).toBe(5);
  });
});
