import { AutoScalingClient, type AutoScalingGroup, type Instance } from "@aws-sdk/client-auto-scaling";
import { EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { AwsAutoScalingGroupBackend } from "../../../autoscaler-agent/nodeGroups/awsAutoScalingGroup";
import { CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { agentGroup } from "../../support/agentBuilders";
import { FakeClock } from "../../support/fakeClock";

const { signal } = new AbortController();

type Answer = (command: string, input: Record<string, unknown>) => object;

function backendThatSees(answer: Answer): AwsAutoScalingGroupBackend {
  const settings = { region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const stub = <C extends { send: unknown }>(client: C): C => {
    client.send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) =>
      answer(command.constructor.name, command.input);
    return client;
  };
  return new AwsAutoScalingGroupBackend({
    autoScaling: stub(new AutoScalingClient(settings)),
    ec2: stub(new EC2Client(settings)),
    budget: new CallBudget(new FakeClock()),
  });
}

function group(name: string) {
  return agentGroup({ groupName: name, backend: { kind: "aws-auto-scaling-group", autoScalingGroupName: name } });
}

function described(name: string, more: Partial<AutoScalingGroup> = {}): Partial<AutoScalingGroup> {
  return { AutoScalingGroupName: name, DesiredCapacity: 1, MinSize: 0, MaxSize: 5, ...more };
}

describe("AwsAutoScalingGroupBackend", () => {
  it("asks for at most 100 groups at a time and follows every page", async () => {
    const asked: number[] = [];
    const backend = backendThatSees((_command, input) => {
      const names = input["AutoScalingGroupNames"] as string[];
      asked.push(names.length);
      const second = input["NextToken"] !== undefined;
      return {
        AutoScalingGroups: (second ? names.slice(50) : names.slice(0, 50)).map((name) => described(name)),
        ...(second ? {} : { NextToken: "more" }),
      };
    });
    const groups = Array.from({ length: 130 }, (_, index) => group(`group-${index}`));
    const observed = await backend.describe(groups, signal);
    expect(Math.max(...asked)).toBe(100);
    expect([...observed.values()].every(({ kind }) => kind === "known")).toBe(true);
    expect(observed.size).toBe(130);
  });

  it("takes a group whose second page is lost for unknown, and not for empty", async () => {
    const backend = backendThatSees((_command, input) => {
      if (input["NextToken"] !== undefined) {
        throw Object.assign(new Error("Rate exceeded"), { name: "Throttling" });
      }
      return { AutoScalingGroups: [described("a")], NextToken: "more" };
    });
    const observed = await backend.describe([group("a"), group("b")], signal);
    expect([...observed.values()].map((one) => (one.kind === "unknown" ? one.error.code : one.kind))).toEqual(["throttled", "throttled"]);
  });

  it.each([
    ["desired size", { DesiredCapacity: undefined }],
    ["minimum", { MinSize: undefined }],
    ["maximum", { MaxSize: undefined }],
    ["instance id", { Instances: [{ LifecycleState: "InService" } as Instance] }],
  ])("takes a group without its %s for unknown, and not for zero", async (_what, more) => {
    const backend = backendThatSees(() => ({ AutoScalingGroups: [{ ...described("a"), ...more }] }));
    expect((await backend.describe([group("a")], signal)).get("a")).toMatchObject({ kind: "unknown", error: { code: "unknown" } });
  });

  it.each([
    ["Pending", "pending", true],
    ["Pending:Wait", "pending", true],
    ["InService", "in-service", true],
    ["Terminating:Wait", "terminating", false],
    ["Terminating:Retained", "unknown", false],
    ["Standby", "unknown", false],
    ["Detaching", "unknown", false],
    ["ReplacingRootVolume", "unknown", true],
    ["SomethingNew", "unknown", true],
  ])("takes a machine in state %s for %s", async (state, lifecycle, fillsDesired) => {
    const Instances = [
      {
        InstanceId: "i-1",
        LifecycleState: state as "Pending",
        AvailabilityZone: "us-east-1a",
        HealthStatus: "Healthy",
        ProtectedFromScaleIn: true,
      },
    ];
    const backend = backendThatSees(() => ({ AutoScalingGroups: [described("a", { Instances })] }));
    const observed = (await backend.describe([group("a")], signal)).get("a");
    expect(observed).toMatchObject({ kind: "known", state: { instances: [{ lifecycle, fillsDesired, cloudState: state }] } });
  });

  it("does not count warm-pool machines, and sees that launches are suspended", async () => {
    const Instances = [
      {
        InstanceId: "i-1",
        LifecycleState: "Warmed:Stopped" as const,
        AvailabilityZone: "a",
        HealthStatus: "Healthy",
        ProtectedFromScaleIn: false,
      },
    ];
    const SuspendedProcesses = [{ ProcessName: "AZRebalance" }, { ProcessName: "Launch" }];
    const backend = backendThatSees(() => ({ AutoScalingGroups: [described("a", { Instances, SuspendedProcesses })] }));
    expect((await backend.describe([group("a")], signal)).get("a")).toMatchObject({ state: { instances: [], launchSuspended: true } });
  });

  it.each([
    [undefined, ["on-demand"]],
    [{}, ["on-demand"]],
    [{ OnDemandPercentageAboveBaseCapacity: 0 }, ["spot"]],
    [{ OnDemandBaseCapacity: 2, OnDemandPercentageAboveBaseCapacity: 0 }, ["on-demand", "spot"]],
    [{ OnDemandPercentageAboveBaseCapacity: 50 }, ["on-demand", "spot"]],
  ])("knows the zones of a group, and the markets of a distribution of %j", async (InstancesDistribution, markets) => {
    const more = {
      AvailabilityZones: ["us-east-1a", "us-east-1b"],
      ...(InstancesDistribution && { MixedInstancesPolicy: { InstancesDistribution } }),
    };
    const backend = backendThatSees(() => ({ AutoScalingGroups: [described("a", more)] }));
    expect((await backend.describe([group("a")], signal)).get("a")).toMatchObject({
      state: { zones: ["us-east-1a", "us-east-1b"], markets },
    });
  });

  it("says where a launch failed", async () => {
    const failed = {
      StatusCode: "Failed",
      Description: "Launching a new EC2 instance.",
      StatusMessage: "There is no Spot capacity available that matches your request. Launching EC2 instance failed.",
      Details: '{"Availability Zone":"us-east-1b"}',
      EndTime: new Date(5000),
    };
    const backend = backendThatSees(() => ({ Activities: [failed] }));
    const [failure] = await backend.launchFailures(group("a"), signal);
    expect(failure).toEqual({ code: "capacity", message: failed.StatusMessage, atMs: 5000, zone: "us-east-1b", market: "spot" });
  });

  it("takes a group that is being deleted for unknown", async () => {
    const backend = backendThatSees(() => ({ AutoScalingGroups: [described("a", { Status: "Delete in progress" })] }));
    expect((await backend.describe([group("a")], signal)).get("a")).toMatchObject({ kind: "unknown", error: { code: "gone" } });
  });

  it("looks each machine's launch time up once, 50 at a time, and lives with what fails", async () => {
    const asked: string[][] = [];
    const backend = backendThatSees((_command, input) => {
      const [filter] = input["Filters"] as { Values: string[] }[];
      asked.push(filter?.Values ?? []);
      if (asked.length === 2) {
        throw new Error("no answer");
      }
      return { Reservations: [{ Instances: (filter?.Values ?? []).map((InstanceId) => ({ InstanceId, LaunchTime: new Date(1000) })) }] };
    });
    const ids = Array.from({ length: 120 }, (_, index) => `i-${index}`);
    expect((await backend.launchTimes(ids, signal)).size).toBe(70);
    expect((await backend.launchTimes(ids, signal)).size).toBe(120);
    expect(asked.map((batch) => batch.length)).toEqual([50, 50, 20, 50]);
  });

  it("ignores the cooldown when it grows a group", async () => {
    const inputs: object[] = [];
    const backend = backendThatSees((_command, input) => {
      inputs.push(input);
      return {};
    });
    await backend.setDesired(group("a"), 3, signal);
    await backend.terminate(group("a"), { instanceId: "i-1", desiredSize: "lower" }, signal);
    await backend.terminate(group("a"), { instanceId: "i-2", desiredSize: "keep" }, signal);
    expect(inputs).toEqual([
      { AutoScalingGroupName: "a", DesiredCapacity: 3, HonorCooldown: false },
      { InstanceId: "i-1", ShouldDecrementDesiredCapacity: true },
      { InstanceId: "i-2", ShouldDecrementDesiredCapacity: false },
    ]);
  });
});
