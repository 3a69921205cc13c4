import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { GetTopicAttributesCommand } from "@aws-sdk/client-sns";
import * as aws from "@pulumi/aws";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ResourceState } from "../../../emulator/engine/stackState";
import { AwsSession } from "../../../emulator/provider/awsSession";
import type { Properties } from "../../../emulator/provider/resourceType";
import { TableProvider } from "../../../emulator/provider/tableProvider";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";
import { type InlineProgram, TestStack } from "./testStack";

/**
 * The engine writes down each creation before it calls AWS. These tests make the moment at which it was killed: AWS has made the resource,
 * the state has only the intention.
 */
describe.skipIf(apiMissing)("interrupted creation", () => {
  let api: RunningApi;
  let session: AwsSession;
  let provider: TableProvider;
  let stack: TestStack;
  let vpcId: string;
  beforeAll(async () => {
    api = await startApi();
    session = new AwsSession({ endpointUrl: api.endpointUrl, region: "us-east-1" });
    provider = new TableProvider({ endpointUrl: api.endpointUrl, region: "us-east-1" });
  });
  afterAll(async () => {
    session.close();
    provider.close();
    await api.stop();
  });
  beforeEach(() => {
    stack = new TestStack(api.endpointUrl);
  });
  afterEach(() => stack.forget());

  const subnetIn =
    (cidrBlock: string, tags: Record<string, string> = {}): InlineProgram =>
    async () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock, tags });
      return { vpcId: vpc.id };
    };

  const subnets = async () => {
    const { Subnets } = await session.ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }));
    return (Subnets ?? []).map((subnet) => subnet.CidrBlock);
  };

  /** Makes the resource and leaves only the intention in the state. */
  async function interrupt(type: string, name: string, inputs: Properties): Promise<string> {
    const token = randomUUID();
    const { id } = await provider.create({ type, name, inputs, token, signal: new AbortController().signal });
    const state = stack.state();
    const parent = state.resources.find(({ urn }) => urn.includes("pulumi:pulumi:Stack"))?.urn ?? "";
    const resource: ResourceState = {
      urn: `urn:pulumi:test::tests::${type}::${name}`,
      type,
      custom: true,
      inputs,
      outputs: {},
      parent,
      dependencies: state.resources.map(({ urn }) => urn).filter((urn) => urn !== parent && !urn.endsWith(name)),
      propertyDependencies: {},
      protect: false,
      retainOnDelete: false,
      external: false,
    };
    writeFileSync(stack.stateFile, JSON.stringify({ ...state, pendingCreations: [{ token, name, resource }] }));
    return id;
  }

  /** Everything but the subnet is there and recorded. */
  async function begin(): Promise<void> {
    const { outputs } = await stack.up(async () => ({ vpcId: new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }).id }));
    vpcId = String(outputs["vpcId"]);
  }

  it("is taken up again: the next run finds the resource and makes no second one", async () => {
    await begin();
    const id = await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.0.0/20", tags: {} });
    expect((await stack.up(subnetIn("10.0.0.0/20"))).changes).toMatchObject({ create: 0, same: 3 });
    expect(stack.idOf("::subnet")).toBe(id);
    expect(stack.state().pendingCreations).toEqual([]);
    expect(await subnets()).toEqual(["10.0.0.0/20"]);
    await stack.destroy();
  });

  it("is brought to what the program says by now", async () => {
    await begin();
    const id = await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.0.0/20", tags: {} });
    expect((await stack.up(subnetIn("10.0.0.0/20", { note: "new" }))).changes).toMatchObject({ create: 0, update: 1 });
    expect(stack.idOf("::subnet")).toBe(id);
    await stack.destroy();
  });

  it("is undone when the program no longer wants it", async () => {
    await begin();
    await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.0.0/20", tags: {} });
    await stack.up(async () => ({ vpcId: new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }).id }));
    expect(stack.steps()).toEqual(["delete subnet"]);
    expect(await subnets()).toEqual([]);
    await stack.destroy();
  });

  it("is undone by destroy, before what it needs", async () => {
    await begin();
    await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.0.0/20", tags: {} });
    await stack.destroy();
    expect(stack.steps()).toEqual(["delete subnet", "delete vpc"]);
  });

  it("is found by its name where AWS has no tags to find it by", async () => {
    await begin();
    const arn = await interrupt("aws:sns/topic:Topic", "alarms", {});
    await stack.destroy();
    await expect(session.sns.send(new GetTopicAttributesCommand({ TopicArn: arn }))).rejects.toThrow();
  });

  describe("of a replacement", () => {
    it("takes the new one that is there, and deletes the old one", async () => {
      await stack.up(subnetIn("10.0.0.0/20")).then(({ outputs }) => {
        vpcId = String(outputs["vpcId"]);
      });
      const id = await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.16.0/20", tags: {} });
      await stack.up(subnetIn("10.0.16.0/20"));
      expect(stack.steps()).toEqual(["replace subnet", "delete subnet"]);
      expect(stack.idOf("::subnet")).toBe(id);
      expect(await subnets()).toEqual(["10.0.16.0/20"]);
      await stack.destroy();
    });

    it("drops the new one when it is no longer what the program wants", async () => {
      await stack.up(subnetIn("10.0.0.0/20")).then(({ outputs }) => {
        vpcId = String(outputs["vpcId"]);
      });
      await interrupt("aws:ec2/subnet:Subnet", "subnet", { vpcId, cidrBlock: "10.0.16.0/20", tags: {} });
      await stack.up(subnetIn("10.0.32.0/20"));
      expect(await subnets()).toEqual(["10.0.32.0/20"]);
      await stack.destroy();
    });
  });
});
