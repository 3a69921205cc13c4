import {
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateVersionCommand,
  CreateSecurityGroupCommand,
  DescribeInstanceAttributeCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiMissing, base64, eventually, makeGroup, makeSubnets, makeTemplate, membersOf, type RunningApi, startApi } from "./runningApi";

describe.skipIf(apiMissing)(`Auto Scaling groups of the emulated API${apiMissing === undefined ? "" : ` (skipped: ${apiMissing})`}`, () => {
  let api: RunningApi;
  let subnets: string[];

  beforeAll(async () => {
    api = await startApi("--retry-seconds", "0.3");
    subnets = await makeSubnets(api, "us-east-1a", "us-east-1b");
  });
  afterAll(() => api.stop());

  const setDesired = (name: string, DesiredCapacity: number): Promise<unknown> =>
    api.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: name, DesiredCapacity }));
  const deny = (denial: object): Promise<Response> =>
    fetch(`${api.endpointUrl}/rayfleet/no-capacity`, { method: "POST", body: JSON.stringify(denial) });
  const restore = (): Promise<Response> => fetch(`${api.endpointUrl}/rayfleet/no-capacity`, { method: "DELETE" });
  const activities = async (name: string) =>
    (await api.autoScaling.send(new DescribeScalingActivitiesCommand({ AutoScalingGroupName: name }))).Activities ?? [];
  const policy = (template: string, types: string[], distribution: object) => ({
    LaunchTemplate: {
      LaunchTemplateSpecification: { LaunchTemplateName: template, Version: "$Latest" },
      Overrides: types.map((InstanceType) => ({ InstanceType })),
    },
    InstancesDistribution: distribution,
  });

  it("takes every part of an instance from the template's latest version, not from the default one", async () => {
    const { VpcId } = (await api.ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnets }))).Subnets?.[0] ?? {};
    const iam = new IAMClient(api.clientSettings);
    await iam.send(new CreateRoleCommand({ RoleName: "worker", AssumeRolePolicyDocument: "{}" }));
    const { InstanceProfile } = await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "worker" }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "worker", RoleName: "worker" }));
    const { GroupId } = await api.ec2.send(new CreateSecurityGroupCommand({ GroupName: "nodes", Description: "nodes", VpcId }));
    await makeTemplate(api, "versions", { InstanceType: "t3.micro" });
    await api.ec2.send(
      new CreateLaunchTemplateVersionCommand({
        LaunchTemplateName: "versions",
        LaunchTemplateData: {
          ImageId: "ami-12c6146b",
          InstanceType: "c6i.large",
          UserData: base64("#!/bin/sh\necho two\n"),
          SecurityGroupIds: [GroupId ?? ""],
          IamInstanceProfile: { Arn: InstanceProfile?.Arn },
          MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "enabled" },
          BlockDeviceMappings: [
            { DeviceName: "/dev/xvda", Ebs: { VolumeSize: 33, VolumeType: "gp3", Encrypted: true } },
            { DeviceName: "/dev/sdb", VirtualName: "ephemeral0" },
          ],
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "from", Value: "template" }] }],
        },
      }),
    );
    await makeGroup(api, {
      AutoScalingGroupName: "versions",
      VPCZoneIdentifier: subnets[0],
      LaunchTemplate: { LaunchTemplateName: "versions", Version: "$Latest" },
      DesiredCapacity: 1,
      Tags: [
        { Key: "told", Value: "yes", PropagateAtLaunch: true },
        { Key: "kept", Value: "here", PropagateAtLaunch: false },
      ],
    });
    const [member] = await membersOf(api, "versions");
    expect(member).toMatchObject({
      InstanceType: "c6i.large",
      SecurityGroups: [{ GroupId }],
      IamInstanceProfile: { Arn: InstanceProfile?.Arn },
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, InstanceMetadataTags: "enabled" },
    });
    expect(Object.fromEntries((member?.Tags ?? []).map(({ Key, Value }) => [Key, Value]))).toMatchObject({
      from: "template",
      told: "yes",
      "aws:autoscaling:groupName": "versions",
      "aws:ec2launchtemplate:version": "2",
    });
    expect(member?.Tags?.map(({ Key }) => Key)).not.toContain("kept");
    expect(Math.abs((member?.LaunchTime?.getTime() ?? 0) - Date.now())).toBeLessThan(30_000);
    const { UserData } = await api.ec2.send(
      new DescribeInstanceAttributeCommand({ InstanceId: member?.InstanceId, Attribute: "userData" }),
    );
    expect(Buffer.from(UserData?.Value ?? "", "base64").toString()).toBe("#!/bin/sh\necho two\n");
    const { Volumes } = await api.ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "attachment.instance-id", Values: [member?.InstanceId ?? ""] }] }),
    );
    expect(Volumes).toMatchObject([{ Size: 33, Encrypted: true }]);
    const { AutoScalingGroups } = await api.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ["versions"] }));
    expect(AutoScalingGroups?.[0]?.Instances?.[0]?.LaunchTemplate).toMatchObject({ LaunchTemplateName: "versions", Version: "2" });
    await setDesired("versions", 0);
    expect((await api.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
  });

  it.each([
    { base: 2, percent: 25, desired: 10, onDemand: 4 },
    { base: 0, percent: 33, desired: 10, onDemand: 4 },
    { base: 0, percent: 0, desired: 3, onDemand: 0 },
    { base: 5, percent: 0, desired: 3, onDemand: 3 },
    { base: 0, percent: 100, desired: 4, onDemand: 4 },
  ])(
    "splits $desired instances as the policy says: base $base and $percent % give $onDemand on-demand",
    async ({ base, percent, desired, onDemand }) => {
      const name = `split-${base}-${percent}`;
      await makeTemplate(api, name);
      await makeGroup(api, {
        AutoScalingGroupName: name,
        VPCZoneIdentifier: subnets.join(","),
        MixedInstancesPolicy: policy(name, ["m5.large", "m6i.large"], {
          OnDemandBaseCapacity: base,
          OnDemandPercentageAboveBaseCapacity: percent,
        }),
      });
      await setDesired(name, 1);
      await setDesired(name, desired);
      const members = await membersOf(api, name);
      expect(members).toHaveLength(desired);
      expect(members.filter((each) => each.InstanceLifecycle !== "spot")).toHaveLength(onDemand);
      expect(new Set(members.map((each) => each.InstanceType))).toEqual(new Set(["m5.large"]));
      await setDesired(name, 0);
    },
  );

  it("spreads instances over the group's zones, growing and shrinking", async () => {
    await makeTemplate(api, "spread");
    await makeGroup(api, {
      AutoScalingGroupName: "spread",
      VPCZoneIdentifier: subnets.join(","),
      LaunchTemplate: { LaunchTemplateName: "spread" },
    });
    const zones = async () => (await membersOf(api, "spread")).map((each) => each.Placement?.AvailabilityZone).sort();
    await setDesired("spread", 4);
    expect(await zones()).toEqual(["us-east-1a", "us-east-1a", "us-east-1b", "us-east-1b"]);
    await setDesired("spread", 2);
    expect(await zones()).toEqual(["us-east-1a", "us-east-1b"]);
    await setDesired("spread", 0);
  });

  it("takes the next type, and then the next zone, where there is no capacity", async () => {
    await makeTemplate(api, "next");
    await makeGroup(api, {
      AutoScalingGroupName: "next",
      VPCZoneIdentifier: subnets.join(","),
      MixedInstancesPolicy: policy("next", ["m5.large", "m6i.large"], {}),
    });
    await deny({ instanceType: "m5.large" });
    await deny({ instanceType: "m6i.large", zone: "us-east-1a" });
    await setDesired("next", 2);
    expect((await membersOf(api, "next")).map((each) => [each.InstanceType, each.Placement?.AvailabilityZone])).toEqual([
      ["m6i.large", "us-east-1b"],
      ["m6i.large", "us-east-1b"],
    ]);
    await restore();
    await setDesired("next", 0);
  });

  it("leaves a Failed activity for each zone that was tried in vain", async () => {
    await makeTemplate(api, "dry", { InstanceType: "p5.48xlarge" });
    await makeGroup(api, {
      AutoScalingGroupName: "dry",
      VPCZoneIdentifier: subnets.join(","),
      LaunchTemplate: { LaunchTemplateName: "dry" },
    });
    await deny({ group: "dry" });
    await setDesired("dry", 1);
    const zones = (await activities("dry")).map(({ StatusMessage = "" }) => /requested \((\S+)\)/.exec(StatusMessage)?.[1]);
    expect(zones.slice(0, 2).sort()).toEqual(["us-east-1a", "us-east-1b"]);
    await setDesired("dry", 0);
    await restore();
  });

  it("leaves a Failed activity where nothing can be had, keeps the wish, and launches when capacity is back", async () => {
    await makeTemplate(api, "scarce", { InstanceType: "p5.48xlarge" });
    await makeGroup(api, {
      AutoScalingGroupName: "scarce",
      VPCZoneIdentifier: subnets[0],
      LaunchTemplate: { LaunchTemplateName: "scarce" },
    });
    await deny({ group: "scarce" });
    await setDesired("scarce", 2);
    expect(await membersOf(api, "scarce")).toEqual([]);
    const [failed] = await activities("scarce");
    expect(failed).toMatchObject({
      StatusCode: "Failed",
      StatusMessage: expect.stringContaining(
        "We currently do not have sufficient p5.48xlarge capacity in the Availability Zone you requested (us-east-1a)",
      ),
      Description: expect.stringContaining("Launching a new EC2 instance.  Status Reason:"),
    });
    expect(failed?.StatusMessage).toContain("(InsufficientInstanceCapacity)");
    await eventually(
      () => activities("scarce"),
      (seen) => seen.length >= 2,
    );
    await restore();
    expect(
      await eventually(
        () => membersOf(api, "scarce"),
        (seen) => seen.length === 2,
      ),
    ).toHaveLength(2);
    await setDesired("scarce", 0);
  });

  it("tries a denial that has an end again by itself, and keeps denials of one market apart", async () => {
    await makeTemplate(api, "market");
    await makeGroup(api, {
      AutoScalingGroupName: "market",
      VPCZoneIdentifier: subnets[0],
      MixedInstancesPolicy: policy("market", ["m5.large"], { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 0 }),
    });
    await deny({ market: "spot", until: Date.now() / 1000 + 0.8 });
    await setDesired("market", 2);
    expect((await membersOf(api, "market")).map((each) => each.InstanceLifecycle)).toEqual([undefined]);
    expect((await activities("market"))[0]?.StatusMessage).toContain("(UnfulfillableCapacity)");
    await eventually(
      () => membersOf(api, "market"),
      (seen) => seen.length === 2 && seen[1]?.InstanceLifecycle === "spot",
    );
    await setDesired("market", 0);
  });

  it("refuses RunInstances where there is no capacity", async () => {
    await deny({ instanceType: "m5.large", zone: "us-east-1a" });
    const run = (SubnetId: string | undefined) =>
      api.ec2.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, InstanceType: "m5.large", ImageId: "ami-12c6146b", SubnetId }));
    await expect(run(subnets[0])).rejects.toMatchObject({ name: "InsufficientInstanceCapacity" });
    await expect(run(subnets[1])).resolves.toMatchObject({ Instances: [{ InstanceType: "m5.large" }] });
    await restore();
  });

  it("says which key of a denial is wrong", async () => {
    const answer = await deny({ instanceTypes: ["m5.large"] });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("instanceTypes");
  });

  it("gives back every address and interface: a /28 lasts for any number of launches", async () => {
    await makeTemplate(api, "addresses");
    await makeGroup(api, {
      AutoScalingGroupName: "addresses",
      VPCZoneIdentifier: subnets[0],
      LaunchTemplate: { LaunchTemplateName: "addresses" },
    });
    const interfaces = async () => (await api.ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces?.length;
    const before = await interfaces();
    for (let round = 0; round < 4; round += 1) {
      await setDesired("addresses", 8);
      const addresses = (await membersOf(api, "addresses")).map((each) => each.PrivateIpAddress);
      expect(new Set(addresses).size).toBe(8);
      await setDesired("addresses", 0);
    }
    expect(await interfaces()).toBe(before);
  });

  it("fails with an activity, not with a server error, when a subnet is full", async () => {
    await makeTemplate(api, "full");
    await makeGroup(api, {
      AutoScalingGroupName: "full",
      MaxSize: 40,
      VPCZoneIdentifier: subnets[0],
      LaunchTemplate: { LaunchTemplateName: "full" },
    });
    await setDesired("full", 30);
    const [failed] = await activities("full");
    expect(failed?.StatusMessage).toContain(`There are not enough free addresses in subnet '${subnets[0]}'`);
    await setDesired("full", 0);
    expect(await membersOf(api, "full")).toEqual([]);
  });
});
