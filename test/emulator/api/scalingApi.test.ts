import {
  CompleteLifecycleActionCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  PutLifecycleHookCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SetInstanceProtectionCommand,
  SuspendProcessesCommand,
  TerminateInstanceInAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiMissing, instancesOf, makeGroup, makeSubnets, makeTemplate, membersOf, type RunningApi, startApi } from "./runningApi";

describe.skipIf(apiMissing)(`Auto Scaling calls of the emulated API${apiMissing === undefined ? "" : ` (skipped: ${apiMissing})`}`, () => {
  let api: RunningApi;
  let subnets: string[];

  beforeAll(async () => {
    api = await startApi();
    subnets = await makeSubnets(api, "us-east-1a");
    await makeTemplate(api, "plain");
  });
  afterAll(() => api.stop());

  const group = (AutoScalingGroupName: string, more: object = {}): Promise<void> =>
    makeGroup(api, {
      AutoScalingGroupName,
      VPCZoneIdentifier: subnets.join(","),
      LaunchTemplate: { LaunchTemplateName: "plain", Version: "$Latest" },
      ...more,
    });
  const setDesired = (name: string, DesiredCapacity: number): Promise<unknown> =>
    api.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity }));
  const seen = async (name: string) =>
    (await api.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }))).AutoScalingGroups?.[0];
  const end = (InstanceId: string, ShouldDecrementDesiredCapacity: boolean) =>
    api.autoScaling.send(new TerminateInstanceInAutoScalingGroupCommand({ InstanceId, ShouldDecrementDesiredCapacity }));

  it.each([
    [4, "New SetDesiredCapacity value 4 is above max value 3 for the AutoScalingGroup."],
    [0, "New SetDesiredCapacity value 0 is below min value 1 for the AutoScalingGroup."],
  ])("refuses a desired capacity of %i outside 1 to 3", async (desired, message) => {
    const name = `bounds-${desired}`;
    await group(name, { MinSize: 1, MaxSize: 3 });
    await expect(setDesired(name, desired)).rejects.toMatchObject({ name: "ValidationError", message });
    expect(await seen(name)).toMatchObject({ DesiredCapacity: 1 });
    expect(await membersOf(api, name)).toHaveLength(1);
    await api.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true }));
  });

  it("names an unknown group as AWS does", async () => {
    await expect(setDesired("nobody", 1)).rejects.toMatchObject({
      name: "ValidationError",
      message: "AutoScalingGroup name not found - null",
    });
  });

  it("refuses to end an instance under the minimum, and ends it with the count lowered above it", async () => {
    await group("minimum", { MinSize: 1, MaxSize: 3, DesiredCapacity: 2 });
    const [first, second] = await membersOf(api, "minimum");
    const answer = await end(first?.InstanceId ?? "", true);
    expect(answer.Activity).toMatchObject({ StatusCode: "Successful", Description: `Terminating EC2 instance: ${first?.InstanceId}` });
    expect(await seen("minimum")).toMatchObject({ DesiredCapacity: 1 });
    await expect(end(second?.InstanceId ?? "", true)).rejects.toMatchObject({
      name: "ValidationError",
      message: expect.stringContaining("Currently, desiredSize equals minSize (1)."),
    });
    expect((await membersOf(api, "minimum")).map((each) => each.InstanceId)).toEqual([second?.InstanceId]);
    expect((await instancesOf(api, [first?.InstanceId ?? ""]))[0]?.State?.Name).toBe("terminated");
  });

  it("replaces an instance that is ended without lowering the count", async () => {
    await group("replace", { DesiredCapacity: 1 });
    const [before] = await membersOf(api, "replace");
    await end(before?.InstanceId ?? "", false);
    const after = await membersOf(api, "replace");
    expect(after).toHaveLength(1);
    expect(after[0]?.InstanceId).not.toBe(before?.InstanceId);
    await setDesired("replace", 0);
  });

  it("names an unknown instance as AWS does", async () => {
    await expect(end("i-0123456789abcdef0", true)).rejects.toMatchObject({
      name: "ValidationError",
      message: "Instance Id not found - No managed instance found for instance ID: i-0123456789abcdef0",
    });
    await group("foreign");
    const protect = new SetInstanceProtectionCommand({
      AutoScalingGroupName: "foreign",
      InstanceIds: ["i-0123456789abcdef0"],
      ProtectedFromScaleIn: true,
    });
    await expect(api.autoScaling.send(protect)).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("never chooses a protected instance for scale-in", async () => {
    await group("protected", { DesiredCapacity: 3, NewInstancesProtectedFromScaleIn: true });
    const [, free] = await membersOf(api, "protected");
    await api.autoScaling.send(
      new SetInstanceProtectionCommand({
        AutoScalingGroupName: "protected",
        InstanceIds: [free?.InstanceId ?? ""],
        ProtectedFromScaleIn: false,
      }),
    );
    await setDesired("protected", 0);
    const left = await membersOf(api, "protected");
    expect(left).toHaveLength(2);
    expect(left.map((each) => each.InstanceId)).not.toContain(free?.InstanceId);
    await api.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "protected", ForceDelete: true }));
  });

  it("refuses to delete a group with instances, and ends even protected ones with force", async () => {
    await group("deleted", { DesiredCapacity: 2, NewInstancesProtectedFromScaleIn: true });
    const ids = (await membersOf(api, "deleted")).flatMap(({ InstanceId }) => InstanceId ?? []);
    const remove = (ForceDelete: boolean) =>
      api.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: "deleted", ForceDelete }));
    await expect(remove(false)).rejects.toMatchObject({ name: "ResourceInUseFault" });
    await remove(true);
    expect(await seen("deleted")).toBeUndefined();
    expect((await instancesOf(api, ids)).map((each) => each.State?.Name)).toEqual(["terminated", "terminated"]);
  });

  it("refuses a second group of the same name", async () => {
    await group("twice");
    await expect(group("twice")).rejects.toMatchObject({ name: "AlreadyExistsFault" });
  });

  it.each([
    [{ MinSize: 3, MaxSize: 2 }, "Max bound, 2, must be greater than or equal to min bound, 3"],
    [{ MinSize: 0, MaxSize: 2, DesiredCapacity: 3 }, "Desired capacity must be between min size and max size"],
  ])("refuses to create a group with %j", async (sizes, message) => {
    await expect(group("impossible", sizes)).rejects.toMatchObject({ name: "ValidationError", message });
    expect(await seen("impossible")).toBeUndefined();
  });

  it("keeps what an update does not name, and moves the desired capacity into new bounds", async () => {
    const MixedInstancesPolicy = {
      LaunchTemplate: {
        LaunchTemplateSpecification: { LaunchTemplateName: "plain", Version: "$Latest" },
        Overrides: [{ InstanceType: "m5.large" }],
      },
      InstancesDistribution: {
        OnDemandBaseCapacity: 1,
        OnDemandPercentageAboveBaseCapacity: 0,
        SpotAllocationStrategy: "price-capacity-optimized",
      },
    };
    await makeGroup(api, {
      AutoScalingGroupName: "update",
      VPCZoneIdentifier: subnets[0],
      MaxSize: 5,
      DesiredCapacity: 4,
      MixedInstancesPolicy,
    });
    const before = await seen("update");
    await api.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "update", MaxSize: 2, CapacityRebalance: true, DefaultCooldown: 7 }),
    );
    const after = await seen("update");
    expect(after?.MixedInstancesPolicy).toEqual(before?.MixedInstancesPolicy);
    expect(after).toMatchObject({ MaxSize: 2, DesiredCapacity: 2, CapacityRebalance: true, DefaultCooldown: 7 });
    expect(after?.Instances).toHaveLength(2);
    await expect(
      api.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: "update", MinSize: 3 })),
    ).rejects.toMatchObject({
      name: "ValidationError",
    });
    await setDesired("update", 0);
  });

  it("launches nothing while Launch is suspended, and catches up when it is resumed", async () => {
    await group("suspended");
    const processes = { AutoScalingGroupName: "suspended", ScalingProcesses: ["Launch", "AZRebalance"] };
    await api.autoScaling.send(new SuspendProcessesCommand(processes));
    expect((await seen("suspended"))?.SuspendedProcesses?.map((each) => each.ProcessName)).toEqual(["AZRebalance", "Launch"]);
    await setDesired("suspended", 1);
    expect(await membersOf(api, "suspended")).toHaveLength(0);
    await api.autoScaling.send(new ResumeProcessesCommand({ ...processes, ScalingProcesses: ["Launch"] }));
    expect(await membersOf(api, "suspended")).toHaveLength(1);
    await setDesired("suspended", 0);
  });

  it("tells the group's activities, newest first and page by page", async () => {
    await group("history", { DesiredCapacity: 2 });
    const [gone] = await membersOf(api, "history");
    await end(gone?.InstanceId ?? "", true);
    const first = await api.autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: "history", MaxRecords: 2 }));
    const rest = await api.autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: "history", NextToken: first.NextToken }),
    );
    expect(first.Activities?.[0]).toMatchObject({
      Description: `Terminating EC2 instance: ${gone?.InstanceId}`,
      Cause: expect.stringMatching(
        /^At \S+Z instance i-\S+ was taken out of service in response to a user request, shrinking the capacity from 2 to 1\.$/,
      ),
      StatusCode: "Successful",
      StartTime: expect.any(Date),
    });
    expect([...(first.Activities ?? []), ...(rest.Activities ?? [])].map((each) => each.StatusCode)).toEqual([
      "Successful",
      "Successful",
      "Successful",
    ]);
    expect(rest.NextToken).toBeUndefined();
    await setDesired("history", 0);
  });

  it("replaces a member that was ended through EC2", async () => {
    await group("ended", { DesiredCapacity: 1 });
    const [before] = await membersOf(api, "ended");
    await api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [before?.InstanceId ?? ""] }));
    const [after] = await membersOf(api, "ended");
    expect(after?.InstanceId).toMatch(/^i-/);
    expect(after?.InstanceId).not.toBe(before?.InstanceId);
    await setDesired("ended", 0);
  });

  it("completes an action of a hook that exists, and no other", async () => {
    await group("hooked");
    const hook = { AutoScalingGroupName: "hooked", LifecycleHookName: "drain" };
    await api.autoScaling.send(new PutLifecycleHookCommand({ ...hook, LifecycleTransition: "autoscaling:EC2_INSTANCE_TERMINATING" }));
    const complete = (LifecycleHookName: string) =>
      api.autoScaling.send(
        new CompleteLifecycleActionCommand({
          ...hook,
          LifecycleHookName,
          LifecycleActionResult: "CONTINUE",
          InstanceId: "i-0123456789abcdef0",
        }),
      );
    await expect(complete("drain")).resolves.toBeDefined();
    await expect(complete("other")).rejects.toMatchObject({ name: "ValidationError" });
  });

  it("stays exact when eight writers set the capacity of one group at once", async () => {
    await group("raced", { MaxSize: 8 });
    await Promise.all(Array.from({ length: 8 * 5 }, (_, index) => setDesired("raced", 1 + (index % 8))));
    await setDesired("raced", 3);
    expect(await membersOf(api, "raced")).toHaveLength(3);
    await setDesired("raced", 0);
  });
});
