import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { ListObjectVersionsCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsSession } from "../../../emulator/provider/awsSession";
import { TableProvider } from "../../../emulator/provider/tableProvider";
import { apiMissing, eventually, membersOf } from "../api/runningApi";
import { REGION, signal, startWorld, type TestWorld } from "./testWorld";

describe.skipIf(apiMissing)("TableProvider", () => {
  let world: TestWorld;
  let aws: AwsSession;
  beforeAll(async () => {
    world = await startWorld();
    aws = new AwsSession({ endpointUrl: world.api.endpointUrl, region: REGION });
  });
  afterAll(async () => {
    aws.close();
    await world.stop();
  });

  it("says what is not in the table", async () => {
    expect(() => world.provider.check("aws:dynamodb/table:Table", {})).toThrow("aws:dynamodb/table:Table is not in the emulator's table");
    await expect(world.make("aws:dynamodb/table:Table", {})).rejects.toThrow("aws:dynamodb/table:Table is not in the emulator's table");
  });

  it("refuses inputs that it would have to ignore", () => {
    expect(world.provider.check("aws:ec2/securityGroup:SecurityGroup", { ingress: [] })).toEqual([
      expect.stringMatching(/^ingress: is not in the emulator's table for aws:ec2\/securityGroup/),
    ]);
  });

  it("makes names from the logical name, and the same one for the same token", async () => {
    const request = { type: "aws:sns/topic:Topic", name: "alarms", inputs: {}, token: "one", signal };
    const first = await world.provider.create(request);
    expect(first.outputs["name"]).toMatch(/^alarms-[0-9a-f]{7}$/);
    expect(await world.provider.find(request)).toEqual(first);
    expect(await world.provider.find({ ...request, token: "two" })).toBeUndefined();
    const prefixed = await world.make("aws:sns/topic:Topic", { namePrefix: "loud-" });
    expect(prefixed.outputs["name"]).toMatch(/^loud-[0-9a-f]{7}$/);
  });

  it("deletes before it replaces only where a name cannot exist twice", () => {
    const diff = (previous: object, inputs: object) => world.provider.diff("aws:iam/role:Role", { ...previous }, { ...inputs });
    expect(diff({ path: "/a/" }, { path: "/b/" })).toMatchObject({ replaces: ["path"], deleteBeforeReplace: false });
    expect(diff({ name: "head", path: "/a/" }, { name: "head", path: "/b/" }).deleteBeforeReplace).toBe(true);
    expect(diff({ name: "one" }, { name: "two" }).deleteBeforeReplace).toBe(false);
  });

  it("leaves nothing when a later step of making something fails", async () => {
    const inputs = { name: "broken", role: "no-such-role" };
    await expect(world.make("aws:iam/instanceProfile:InstanceProfile", inputs)).rejects.toThrow(/no-such-role|NoSuchEntity/);
    const request = { type: "aws:iam/instanceProfile:InstanceProfile", name: "broken", inputs: { name: "broken" }, token: "t", signal };
    expect(await world.provider.find(request)).toBeUndefined();
  });

  it("adds the provider's default tags and does not take them for drift", async () => {
    const provider = new TableProvider({
      endpointUrl: world.api.endpointUrl,
      region: REGION,
      defaultTags: { owner: "me", note: "default" },
    });
    const inputs = { vpcId: world.ids.vpc, tags: { note: "own" } };
    const type = "aws:ec2/securityGroup:SecurityGroup";
    const made = await provider.create({ type, name: "tagged", inputs, token: "tagged", signal });
    const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [made.id] }));
    const seen = Object.fromEntries((SecurityGroups?.[0]?.Tags ?? []).map((tag) => [tag.Key, tag.Value]));
    expect(seen).toMatchObject({ owner: "me", note: "own" });
    expect((await provider.read({ type, id: made.id, inputs, outputs: made.outputs, signal }))?.inputs).toEqual(inputs);
    provider.close();
  });

  it("closes every security group that it makes or adopts", async () => {
    const adopted = await world.make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", { vpcId: world.ids.vpc });
    const { SecurityGroups } = await aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [world.ids.group, adopted.id] }));
    expect(SecurityGroups?.map((group) => [group.IpPermissions, group.IpPermissionsEgress])).toEqual([
      [[], []],
      [[], []],
    ]);
  });

  it("works in the region that a resource names", async () => {
    const made = await world.make("aws:ec2/vpc:Vpc", { cidrBlock: "10.7.0.0/16", region: "eu-west-1" });
    expect(made.outputs).toMatchObject({ region: "eu-west-1", arn: expect.stringContaining(":eu-west-1:") as unknown });
  });

  it("empties a bucket of every version before it deletes it by force", async () => {
    const inputs = { forceDestroy: true };
    const { id } = await world.make("aws:s3/bucket:Bucket", inputs);
    await world.make("aws:s3/bucketVersioning:BucketVersioning", { bucket: id, versioningConfiguration: { status: "Enabled" } });
    for (const Body of ["one", "two"]) await aws.s3.send(new PutObjectCommand({ Bucket: id, Key: "k", Body }));
    expect((await aws.s3.send(new ListObjectVersionsCommand({ Bucket: id }))).Versions).toHaveLength(2);
    await world.provider.delete({ type: "aws:s3/bucket:Bucket", id, inputs, outputs: {}, signal });
    expect(await world.provider.read({ type: "aws:s3/bucket:Bucket", id, inputs, outputs: {}, signal })).toBeUndefined();
  });

  it("deletes an object without touching the one whose name goes on", async () => {
    const { bucket } = world.names;
    const type = "aws:s3/bucketObjectv2:BucketObjectv2";
    for (const key of ["cpu", "cpu-large"]) await world.make(type, { bucket, key, content: key });
    const object = (id: string) => ({ type, id, inputs: { bucket, key: id }, outputs: {}, signal });
    await world.provider.delete(object("cpu"));
    expect(await world.provider.read(object("cpu"))).toBeUndefined();
    expect(await world.provider.read(object("cpu-large"))).toBeDefined();
  });

  it("removes a group by force with its protected machines, and is done when they are gone", async () => {
    const type = "aws:autoscaling/group:Group";
    const template = { launchTemplate: { id: world.ids.template, version: "$Latest" } };
    const inputs = {
      minSize: 0,
      maxSize: 2,
      desiredCapacity: 2,
      protectFromScaleIn: true,
      forceDelete: true,
      vpcZoneIdentifiers: [world.ids.subnet],
      ...template,
    };
    const { id } = await world.make(type, inputs);
    const machines = await eventually(
      () => membersOf(world.api, id),
      (seen) => seen.length === 2,
    );
    await world.provider.delete({ type, id, inputs, outputs: {}, signal });
    for (const machine of machines) {
      const known = { type: "aws:ec2/instance:Instance", id: machine.InstanceId ?? "", inputs: {}, outputs: {}, signal };
      expect(await world.provider.read(known)).toBeUndefined();
    }
  });

  it("refuses a second Auto Scaling group of one name", async () => {
    const template = { launchTemplate: { id: world.ids.template, version: "$Latest" } };
    const inputs = { name: "twice", minSize: 0, maxSize: 1, vpcZoneIdentifiers: [world.ids.subnet], ...template };
    await world.make("aws:autoscaling/group:Group", inputs);
    await expect(world.make("aws:autoscaling/group:Group", inputs)).rejects.toThrow(/exists already; got "twice"/);
  });

  it("stops waiting for a slow deletion when it is cancelled", async () => {
    const type = "aws:autoscaling/group:Group";
    const template = { launchTemplate: { id: world.ids.template, version: "$Latest" } };
    const inputs = {
      minSize: 0,
      maxSize: 1,
      desiredCapacity: 1,
      protectFromScaleIn: true,
      vpcZoneIdentifiers: [world.ids.subnet],
      ...template,
    };
    const { id } = await world.make(type, inputs);
    // Without forceDelete a protected machine keeps the group: the deletion would wait for minutes.
    const deletion = world.provider.delete({ type, id, inputs, outputs: {}, signal: AbortSignal.timeout(300) });
    await expect(deletion).rejects.toThrow(/abort/i);
  });
});
