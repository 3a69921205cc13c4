import { SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateNetworkInterfaceCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  DescribeNetworkInterfacesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateBucketCommand, GetObjectCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiMissing, eventually, instancesOf, makeGroup, makeSubnets, makeTemplate, type RunningApi, startApi } from "./runningApi";

describe.skipIf(apiMissing)(`other services of the emulated API${apiMissing === undefined ? "" : ` (skipped: ${apiMissing})`}`, () => {
  let api: RunningApi;
  let subnets: string[];

  beforeAll(async () => {
    api = await startApi("--forget-seconds", "1");
    subnets = await makeSubnets(api, "us-east-1a", "us-east-1c");
  });
  afterAll(() => api.stop());

  const run = async (more: object) => {
    const { Instances } = await api.ec2.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: "ami-12c6146b", InstanceType: "r5dn.4xlarge", ...more }),
    );
    return Instances?.[0]?.InstanceId ?? "";
  };
  const control = async (path: string): Promise<unknown> => (await fetch(`${api.endpointUrl}/rayfleet/${path}`)).json();

  it("gives an instance the address, zone and groups of the network interface it is started on, and leaves the interface behind", async () => {
    const { NetworkInterface } = await api.ec2.send(
      new CreateNetworkInterfaceCommand({ SubnetId: subnets[1], PrivateIpAddress: "10.80.1.7" }),
    );
    const id = await run({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId }] });
    expect((await instancesOf(api, [id]))[0]).toMatchObject({
      PrivateIpAddress: "10.80.1.7",
      SubnetId: subnets[1],
      Placement: { AvailabilityZone: "us-east-1c" },
      SecurityGroups: NetworkInterface?.Groups,
    });
    await api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    const again = await api.ec2.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [NetworkInterface?.NetworkInterfaceId ?? ""] }),
    );
    expect(again.NetworkInterfaces?.[0]).toMatchObject({ Status: "available", PrivateIpAddress: "10.80.1.7" });
    const next = await run({ NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId }] });
    expect((await instancesOf(api, [next]))[0]?.PrivateIpAddress).toBe("10.80.1.7");
    await api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [next] }));
  });

  it("forgets terminated instances after a while", async () => {
    const id = await run({ SubnetId: subnets[0] });
    await api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect((await instancesOf(api, [id]))[0]?.State?.Name).toBe("terminated");
    const left = await eventually(
      async () => (await api.ec2.send(new DescribeInstancesCommand({}))).Reservations ?? [],
      (seen) => !JSON.stringify(seen).includes(id),
    );
    expect(left).toEqual([]);
  });

  it("does not let a TLS-only bucket policy refuse what is allowed, and still refuses what is denied outright", async () => {
    const s3 = new S3Client({ ...api.clientSettings, forcePathStyle: true });
    const policy = (Action: string, Condition?: object) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Deny", Principal: "*", Action, Resource: ["arn:aws:s3:::artifacts", "arn:aws:s3:::artifacts/*"], Condition },
        ],
      });
    await s3.send(new CreateBucketCommand({ Bucket: "artifacts" }));
    await s3.send(
      new PutBucketPolicyCommand({ Bucket: "artifacts", Policy: policy("s3:*", { Bool: { "aws:SecureTransport": "false" } }) }),
    );
    await s3.send(new PutObjectCommand({ Bucket: "artifacts", Key: "a/b", Body: "content" }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: "artifacts", Key: "a/b" }));
    expect(await Body?.transformToString()).toBe("content");
    await s3.send(new PutBucketPolicyCommand({ Bucket: "artifacts", Policy: policy("s3:GetObject") }));
    await expect(s3.send(new GetObjectCommand({ Bucket: "artifacts", Key: "a/b" }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it("takes an object of 5 MB, sent after `100 Continue`", async () => {
    const s3 = new S3Client({ ...api.clientSettings, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: "large" }));
    await s3.send(new PutObjectCommand({ Bucket: "large", Key: "runtime", Body: Buffer.alloc(5_000_000, 7) }));
    const { ContentLength } = await s3.send(new GetObjectCommand({ Bucket: "large", Key: "runtime" }));
    expect(ContentLength).toBe(5_000_000);
  });

  it("knows the public parameter of the GPU image", async () => {
    const Name = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id";
    const { Parameter } = await new SSMClient(api.clientSettings).send(new GetParameterCommand({ Name }));
    expect(Parameter).toMatchObject({ Name, Value: expect.stringMatching(/^ami-[0-9a-f]+$/) });
  });

  it("tells metal what runs, with hardware, user data and credentials of the role", async () => {
    const iam = new IAMClient(api.clientSettings);
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: "head", AssumeRolePolicyDocument: "{}" }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "head" }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "head", RoleName: "head" }));
    const UserData = Buffer.from("#!/bin/sh\n").toString("base64");
    const id = await run({
      SubnetId: subnets[0],
      UserData,
      IamInstanceProfile: { Name: "head" },
      TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "rayfleet:role", Value: "head" }] }],
    });
    const plain = await run({ SubnetId: subnets[0] });
    const machines = (await control("machines")) as { instanceId: string }[];
    expect(machines.map((each) => each.instanceId).sort()).toEqual([id, plain].sort());
    expect(await control(`machines/${id}`)).toMatchObject({
      userData: UserData,
      region: "us-east-1",
      lifecycle: "on-demand",
      tags: { "rayfleet:role": "head" },
      hardware: { cpus: 16, memoryMiB: 131_072, gpus: 0 },
    });
    const credentials = (await control(`machines/${id}/credentials`)) as { accessKeyId: string; role: string };
    expect(credentials.role).toBe("head");
    const caller = await fetch(api.endpointUrl, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    // The form that a policy's `aws:userid` has for an instance.
    expect(await caller.text()).toContain(`<UserId>${Role?.RoleId}:${id}</UserId>`);
    expect((await fetch(`${api.endpointUrl}/rayfleet/machines/${plain}/credentials`)).status).toBe(404);
    await api.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id, plain] }));
  });

  it("describes 300 instances in under 3 s", async () => {
    await makeTemplate(api, "many");
    const subnet = await makeLargeSubnet(api);
    await makeGroup(api, {
      AutoScalingGroupName: "many",
      MaxSize: 300,
      VPCZoneIdentifier: subnet,
      LaunchTemplate: { LaunchTemplateName: "many" },
    });
    await api.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "many", DesiredCapacity: 300 }));
    const start = performance.now();
    const { Reservations } = await api.ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag-key", Values: ["aws:autoscaling:groupName"] }] }),
    );
    const seconds = (performance.now() - start) / 1000;
    expect((Reservations ?? []).flatMap(({ Instances }) => Instances ?? [])).toHaveLength(300);
    expect(seconds).toBeLessThan(3);
  });
});

async function makeLargeSubnet(api: RunningApi): Promise<string> {
  const { Vpc } = await api.ec2.send(new CreateVpcCommand({ CidrBlock: "10.90.0.0/16" }));
  const { Subnet } = await api.ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.90.0.0/20" }));
  return Subnet?.SubnetId ?? "";
}
