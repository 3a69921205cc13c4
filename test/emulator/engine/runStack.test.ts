import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DescribeAutoScalingGroupsCommand, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { GetTopicAttributesCommand } from "@aws-sdk/client-sns";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AwsSession } from "../../../emulator/provider/awsSession";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";
import { cloudInventory } from "./cloudInventory";
import { type InlineProgram, TestStack } from "./testStack";

const IMAGE = "ami-12c6146b";

const trust = (service: string) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }] });

/** A VPC with one subnet; the smallest thing with a dependency. */
const network =
  (subnetCidr = "10.0.0.0/20", tags: Record<string, string> = {}): InlineProgram =>
  async () => {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16", tags });
    const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: subnetCidr });
    return { vpcId: vpc.id, subnetId: subnet.id };
  };

const nothing: InlineProgram = async () => undefined;

describe.skipIf(apiMissing)("runStack", () => {
  let api: RunningApi;
  let session: AwsSession;
  let stack: TestStack;
  beforeAll(async () => {
    api = await startApi("--forget-seconds", "0");
    session = new AwsSession({ endpointUrl: api.endpointUrl, region: "us-east-1" });
  });
  afterAll(async () => {
    session.close();
    await api.stop();
  });
  beforeEach(() => {
    stack = new TestStack(api.endpointUrl);
  });
  afterEach(() => stack.forget());

  const vpcs = async () =>
    (await session.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }))).Vpcs ?? [];

  describe("a whole life", () => {
    it("previews without making anything, makes, keeps, and destroys without leaving anything", async () => {
      const before = await cloudInventory(api.endpointUrl);
      const preview = await stack.run("preview", network());
      expect(preview.changes.create).toBe(3);
      expect(preview.outputs).toEqual({ vpcId: "[unknown]", subnetId: "[unknown]" });
      expect(await cloudInventory(api.endpointUrl)).toEqual(before);

      const up = await stack.up(network());
      expect(up.outputs).toMatchObject({ vpcId: expect.stringMatching(/^vpc-/) as unknown });
      expect(stack.steps()).toEqual(["create vpc", "create subnet"]);

      const again = await stack.up(network());
      expect(again.changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 3 });
      expect(again.outputs).toEqual(up.outputs);

      await stack.destroy();
      expect(stack.steps()).toEqual(["delete subnet", "delete vpc"]);
      expect(await cloudInventory(api.endpointUrl)).toEqual(before);
      expect((await stack.destroy()).changes.delete).toBe(0);
    });

    it("changes in place and says where, not what", async () => {
      await stack.up(network("10.0.0.0/20", { note: "one", kept: "yes" }));
      const id = stack.idOf("::vpc");
      const preview = await stack.run("preview", network("10.0.0.0/20", { note: "two", kept: "yes" }));
      expect(preview.changes).toMatchObject({ update: 1, same: 2 });
      await stack.up(network("10.0.0.0/20", { note: "two", kept: "yes" }));
      expect(stack.events).toContainEqual(expect.objectContaining({ op: "update", name: "vpc", changed: ["tags.note"] }));
      expect(stack.idOf("::vpc")).toBe(id);
      await stack.destroy();
    });

    it("deletes what the program no longer declares, dependents first", async () => {
      await stack.up(network());
      await stack.up(nothing);
      expect(stack.steps()).toEqual(["delete subnet", "delete vpc"]);
    });

    it("uploads a file again when its content changes, and not when it moves", async () => {
      const program =
        (file: string): InlineProgram =>
        async () => {
          const bucket = new aws.s3.Bucket("files", { forceDestroy: true });
          new aws.s3.BucketObjectv2("file", { bucket: bucket.bucket, key: "file", source: new pulumi.asset.FileAsset(file) });
          return undefined;
        };
      for (const [name, text] of Object.entries({ a: "one", b: "one", c: "two" })) writeFileSync(join(stack.directory, name), text);
      await stack.up(program("a"));
      expect((await stack.up(program("b"))).changes.update).toBe(0);
      expect((await stack.up(program("c"))).changes.update).toBe(1);
      await stack.destroy();
    });

    it("runs two stacks at once in one process, each with its own configuration", async () => {
      const stacks = ["10.1.0.0/16", "10.2.0.0/16"].map((cidrBlock) => ({ cidrBlock, stack: new TestStack(api.endpointUrl) }));
      const program: InlineProgram = async () => ({
        cidr: new aws.ec2.Vpc("vpc", { cidrBlock: new pulumi.Config("net").require("cidr") }).cidrBlock,
      });
      const results = await Promise.all(
        stacks.map(({ cidrBlock, stack: one }) => {
          const values = { "aws:region": "us-east-1", "net:cidr": cidrBlock };
          return one.up(program, {
            configuration: { project: "tests", main: ".", isTypeScript: true, nodeArguments: [], values, secretKeys: [] },
          });
        }),
      );
      expect(results.map((result) => result.outputs["cidr"])).toEqual(stacks.map(({ cidrBlock }) => cidrBlock));
      for (const { stack: one } of stacks) {
        await one.destroy();
        one.forget();
      }
    });
  });

  describe("replacement", () => {
    it("makes the new one before it deletes the old one", async () => {
      await stack.up(network("10.0.0.0/20"));
      const old = stack.idOf("::subnet");
      const preview = await stack.run("preview", network("10.0.16.0/20"));
      expect(preview.changes).toMatchObject({ replace: 1, delete: 0 });
      await stack.up(network("10.0.16.0/20"));
      expect(stack.steps()).toEqual(["replace subnet", "delete subnet"]);
      expect(stack.idOf("::subnet")).not.toBe(old);
      await stack.destroy();
    });

    it("deletes first what cannot exist twice, and before that what hangs on it", async () => {
      const program =
        (path: string): InlineProgram =>
        async () => {
          // The name is the program's: a second role of that name is refused, and one that still has a policy cannot be deleted.
          const role = new aws.iam.Role("role", { name: "only-one", path, assumeRolePolicy: trust("ec2.amazonaws.com") });
          const policy = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });
          new aws.iam.RolePolicy("policy", { role: role.id, policy });
          return { arn: role.arn };
        };
      await stack.up(program("/one/"));
      const { outputs } = await stack.up(program("/two/"));
      expect(outputs["arn"]).toMatch(/role\/two\/only-one$/);
      const { Role } = await session.iam.send(new GetRoleCommand({ RoleName: "only-one" }));
      expect(Role?.Path).toBe("/two/");
      await stack.destroy();
    });

    it("replaces where the program says so", async () => {
      const program =
        (displayName: string): InlineProgram =>
        async () => {
          new aws.sns.Topic("topic", { displayName }, { replaceOnChanges: ["displayName"] });
          return undefined;
        };
      await stack.up(program("one"));
      expect((await stack.up(program("two"))).changes).toMatchObject({ replace: 1, update: 0 });
      await stack.destroy();
    });
  });

  describe("resource options", () => {
    it("protects: neither removed, nor replaced, nor destroyed, and nothing else is touched before", async () => {
      const program =
        (protect: boolean, cidrBlock = "10.0.0.0/16"): InlineProgram =>
        async () => {
          const vpc = new aws.ec2.Vpc("vpc", { cidrBlock }, { protect });
          new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/20" });
          return undefined;
        };
      await stack.up(program(true));
      await expect(stack.up(nothing)).rejects.toThrow(/::vpc: cannot be deleted, because it is protected/);
      await expect(stack.destroy()).rejects.toThrow(/protected/);
      await expect(stack.up(program(true, "10.1.0.0/16"))).rejects.toThrow(/would have to be replaced, but is protected/);
      expect(stack.state().resources).toHaveLength(3);
      await stack.up(program(false));
      await stack.destroy();
    });

    it("follows aliases: a renamed resource, also under another parent, stays the same", async () => {
      class Group extends pulumi.ComponentResource {
        constructor(name: string) {
          super("tests:index:Group", name, {});
        }
      }
      await stack.up(network());
      const id = stack.idOf("::vpc");
      await stack.up(async () => {
        const parent = new Group("group");
        const alias = { name: "vpc", parent: pulumi.rootStackResource };
        const vpc = new aws.ec2.Vpc("renamed", { cidrBlock: "10.0.0.0/16", tags: {} }, { parent, aliases: [alias] });
        new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/20" });
        return undefined;
      });
      expect(stack.steps()).toEqual(["create group"]);
      expect(stack.idOf("::renamed")).toBe(id);
      await stack.destroy();
    });

    it("leaves a group's desired capacity to whoever scales it, whatever else changes", async () => {
      const program =
        (maxSize: number): InlineProgram =>
        async () => {
          const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
          const subnet = new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "10.0.0.0/20" });
          const template = new aws.ec2.LaunchTemplate("template", { imageId: IMAGE, instanceType: "m6i.large" });
          const group = new aws.autoscaling.Group(
            "group",
            {
              minSize: 0,
              maxSize,
              desiredCapacity: 0,
              forceDelete: true,
              vpcZoneIdentifiers: [subnet.id],
              launchTemplate: { id: template.id, version: "$Latest" },
            },
            { ignoreChanges: ["desiredCapacity"] },
          );
          return { name: group.name };
        };
      const { outputs } = await stack.up(program(3));
      const AutoScalingGroupName = String(outputs["name"]);
      await session.autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName, DesiredCapacity: 2 }));
      const desired = async () =>
        (await session.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [AutoScalingGroupName] })))
          .AutoScalingGroups?.[0]?.DesiredCapacity;

      expect((await stack.up(program(3))).changes.update).toBe(0);
      expect((await stack.up(program(5))).changes.update).toBe(1);
      expect(await desired()).toBe(2);
      await stack.refresh();
      expect((await stack.up(program(5))).changes.update).toBe(0);
      expect((await stack.up(program(6))).changes.update).toBe(1);
      expect(await desired()).toBe(2);
      await stack.destroy();
    });

    it("ignores one tag and minds the others", async () => {
      const program =
        (tags: Record<string, string>): InlineProgram =>
        async () => {
          new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16", tags }, { ignoreChanges: ["tags.theirs"] });
          return undefined;
        };
      await stack.up(program({ theirs: "one", ours: "one" }));
      expect((await stack.up(program({ theirs: "two", ours: "one" }))).changes.update).toBe(0);
      await stack.up(program({ theirs: "two", ours: "two" }));
      const { Tags } = await session.ec2.send(
        new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [stack.idOf("::vpc")] }] }),
      );
      const seen = Object.fromEntries((Tags ?? []).map((tag) => [tag.Key, tag.Value]));
      expect(seen).toMatchObject({ theirs: "one", ours: "two" });
      await stack.destroy();
    });

    it("keeps in the cloud what is to be retained", async () => {
      const program: InlineProgram = async () => ({ arn: new aws.sns.Topic("topic", {}, { retainOnDelete: true }).arn });
      const { outputs } = await stack.up(program);
      await stack.destroy();
      await session.sns.send(new GetTopicAttributesCommand({ TopicArn: String(outputs["arn"]) }));
    });

    it("does not delete what goes with another resource", async () => {
      await stack.up(async () => {
        const bucket = new aws.s3.Bucket("bucket", { forceDestroy: true });
        new aws.s3.BucketObjectv2("file", { bucket: bucket.bucket, key: "file", content: "x" }, { deletedWith: bucket });
        return undefined;
      });
      await stack.destroy();
      expect(stack.steps()).toEqual(["delete file", "delete bucket"]);
    });

    it("reads resources that are not its own and never deletes them", async () => {
      const owner = new TestStack(api.endpointUrl);
      await owner.up(network());
      const id = owner.idOf("::vpc");
      const { outputs } = await stack.up(async () => ({ cidr: aws.ec2.Vpc.get("theirs", id).cidrBlock }));
      expect(outputs["cidr"]).toBe("10.0.0.0/16");
      await stack.destroy();
      expect((await vpcs()).map((vpc) => vpc.VpcId)).toContain(id);
      await expect(stack.up(async () => ({ cidr: aws.ec2.Vpc.get("nobodys", "vpc-00000000").cidrBlock }))).rejects.toThrow(
        /aws:ec2\/vpc:Vpc with the id "vpc-00000000" does not exist/,
      );
      await owner.destroy();
      owner.forget();
    });
  });

  describe("explicit providers", () => {
    it("are asked each in its own region, for resources and functions, and go last", async () => {
      const program: InlineProgram = async () => {
        const made = ["us-east-1", "eu-west-1"].map((region) => {
          const provider = new aws.Provider(region, { region: region as aws.Region });
          const vpc = new aws.ec2.Vpc(`vpc-${region}`, { cidrBlock: "10.0.0.0/16" }, { provider });
          return { arn: vpc.arn, zones: aws.getAvailabilityZonesOutput({}, { provider }).names };
        });
        return { arns: made.map(({ arn }) => arn), zone: made[1]?.zones.apply((names) => names[0]) };
      };
      const { outputs } = await stack.up(program);
      expect(outputs).toMatchObject({
        arns: [expect.stringContaining(":us-east-1:"), expect.stringContaining(":eu-west-1:")],
        zone: "eu-west-1a",
      });
      expect((await stack.up(program)).changes.same).toBe(5);
      await stack.destroy();
      const steps = stack.steps();
      for (const region of ["us-east-1", "eu-west-1"])
        expect(steps.indexOf(`delete ${region}`)).toBeGreaterThan(steps.indexOf(`delete vpc-${region}`));
    });

    it("may be elsewhere altogether", async () => {
      const program: InlineProgram = async () => {
        const endpoints = [{ ec2: "http://127.0.0.1:1" }];
        const provider = new aws.Provider("nowhere", { region: "us-east-1", endpoints });
        new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }, { provider });
        return undefined;
      };
      await expect(stack.up(program)).rejects.toThrow(/ECONNREFUSED 127.0.0.1:1/);
      await stack.run("destroy", nothing).catch(() => {
        // The creation could not be looked up again where nobody answers; that, too, is said and not hidden.
      });
    });

    it("replace what moves to another region", async () => {
      const program =
        (region: aws.Region): InlineProgram =>
        async () => ({
          arn: new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" }, { provider: new aws.Provider(region, { region }) }).arn,
        });
      await stack.up(program("us-east-1"));
      const { outputs, changes } = await stack.up(program("eu-west-1"));
      expect(outputs["arn"]).toContain(":eu-west-1:");
      expect(changes).toMatchObject({ replace: 1, delete: 2 });
      await stack.destroy();
    });
  });

  describe("secrets", () => {
    const SECRET = "correct-horse-battery";
    const program: InlineProgram = async () => {
      const parameter = new aws.ssm.Parameter("token", { type: "SecureString", value: pulumi.secret(SECRET) });
      await pulumi.log.info(`the token is ${SECRET}`);
      return { open: "visible", token: parameter.value };
    };

    it("are marked in outputs and shown nowhere", async () => {
      const result = await stack.up(program);
      expect(result.outputs).toEqual({ open: "visible", token: "[secret]" });
      expect(result.secretOutputs).toEqual({ token: SECRET });
      const again = await stack.up(program);
      expect(again.outputs["token"]).toBe("[secret]");
      expect(again.changes.update).toBe(0);
      await stack.refresh();
      expect((await stack.run("preview", program)).outputs["token"]).toBe("[secret]");
      expect(JSON.stringify(stack.events)).not.toContain(SECRET);
      await stack.destroy();
    });

    it("lie in a file that only its owner can read", async () => {
      await stack.up(program);
      expect(statSync(stack.stateFile).mode & 0o777).toBe(0o600);
      await stack.destroy();
    });

    it("are blotted out of errors", async () => {
      const broken: InlineProgram = async () => {
        new aws.iam.RolePolicy("policy", { role: pulumi.secret(SECRET), policy: "{}" });
        return undefined;
      };
      const failure = await stack.up(broken).catch((error: unknown) => String(error));
      expect(failure).toContain("[secret]");
      expect(failure).not.toContain(SECRET);
    });
  });

  describe("failures", () => {
    const broken: InlineProgram = async () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      new aws.ec2.Subnet("subnet", { vpcId: vpc.id, cidrBlock: "banana" });
      return undefined;
    };

    it("are one sentence with the resource and AWS's own words", async () => {
      await expect(stack.up(broken)).rejects.toThrow(/^urn:pulumi:test::tests::aws:ec2\/subnet:Subnet::subnet: .*banana.*$/);
      await stack.destroy();
    });

    it("keep what was made, and the next run goes on from there without making anything twice", async () => {
      const before = (await vpcs()).length;
      await stack.up(broken).catch(() => {});
      const id = stack.idOf("::vpc");
      await stack.up(network());
      expect(stack.idOf("::vpc")).toBe(id);
      expect(await vpcs()).toHaveLength(before + 1);
      await stack.destroy();
      expect(await vpcs()).toHaveLength(before);
    });

    it("delete nothing when the program itself fails", async () => {
      await stack.up(network());
      await expect(
        stack.up(async () => {
          throw new Error("no program");
        }),
      ).rejects.toThrow("no program");
      expect(stack.state().resources).toHaveLength(3);
      await stack.destroy();
    });

    it("name a type that is not in the table, also in a preview", async () => {
      const cluster: InlineProgram = async () => ({ id: new aws.ecs.Cluster("cluster").id });
      await expect(stack.run("preview", cluster)).rejects.toThrow(/::cluster: aws:ecs\/cluster:Cluster is not in the emulator's table$/);
    });

    it("name an input that is missing", async () => {
      const incomplete: InlineProgram = async () => {
        new aws.cloudwatch.MetricAlarm("alarm", { evaluationPeriods: 1 });
        return undefined;
      };
      await expect(stack.run("preview", incomplete)).rejects.toThrow(/::alarm: comparisonOperator: is required/);
    });

    it("refuse two resources of one name", async () => {
      const twins: InlineProgram = async () => {
        new aws.sns.Topic("twin");
        new aws.sns.Topic("twin");
        return undefined;
      };
      await expect(stack.run("preview", twins)).rejects.toThrow(/Topic::twin: is declared twice/);
    });

    it("say when no region is set", async () => {
      const configuration = { project: "tests", main: ".", isTypeScript: true, nodeArguments: [], values: {}, secretKeys: [] };
      await expect(stack.up(network(), { configuration })).rejects.toThrow(/aws:region: is not set/);
    });

    it("of one deletion keep what it needs, and let the rest go", async () => {
      await stack.up(async () => {
        const bucket = new aws.s3.Bucket("full", {});
        new aws.s3.BucketObjectv2("file", { bucket: bucket.bucket, key: "file", content: "x" }, { retainOnDelete: true });
        new aws.sns.Topic("topic");
        return undefined;
      });
      await expect(stack.destroy()).rejects.toThrow(/^deleting urn:.*::full: BucketNotEmpty/);
      const left = stack.state().resources.map((resource) => resource.urn.split("::").at(-1));
      expect(left).toEqual(["tests-test", "full"]);
    });
  });

  describe("refresh", () => {
    it("sees what was changed by hand, and the next up mends it", async () => {
      const program = network("10.0.0.0/20", { note: "ours" });
      await stack.up(program);
      const Resources = [stack.idOf("::vpc")];
      await session.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: "note", Value: "theirs" }] }));
      expect((await stack.refresh()).changes).toMatchObject({ update: 1, same: 1 });
      expect(stack.events).toContainEqual(expect.objectContaining({ op: "update", name: "vpc", changed: ["tags.note"] }));
      expect((await stack.up(program)).changes.update).toBe(1);
      expect((await stack.refresh()).changes.update).toBe(0);
      await session.ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: "note" }] }));
      await stack.refresh();
      expect((await stack.up(program)).changes.update).toBe(1);
      await stack.destroy();
    });

    it("forgets what is gone, and the next up makes it again", async () => {
      const program: InlineProgram = async () => ({ id: new aws.ec2.Instance("head", { ami: IMAGE, instanceType: "m6i.large" }).id });
      const { outputs } = await stack.up(program);
      await session.ec2.send(new TerminateInstancesCommand({ InstanceIds: [String(outputs["id"])] }));
      expect((await stack.refresh()).changes.delete).toBe(1);
      const again = await stack.up(program);
      expect(again.changes.create).toBe(1);
      expect(again.outputs["id"]).not.toBe(outputs["id"]);
      await stack.destroy();
    });
  });

  it("ends early when it is told to, with what was made recorded", async () => {
    const controller = new AbortController();
    const program: InlineProgram = async () => {
      const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
      vpc.id.apply(() => controller.abort());
      const subnets = [0, 1, 2].map(
        (index) => new aws.ec2.Subnet(`subnet${index}`, { vpcId: vpc.id, cidrBlock: `10.0.${index * 16}.0/20` }),
      );
      return { ids: subnets.map((subnet) => subnet.id) };
    };
    await expect(stack.up(program, { signal: controller.signal })).rejects.toThrow("cancelled");
    const vpcId = stack.idOf("::vpc");
    const made = await session.ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }));
    expect(made.Subnets ?? []).toHaveLength(stack.state().resources.length - 2);
    await stack.destroy();
    expect((await vpcs()).map((vpc) => vpc.VpcId)).not.toContain(vpcId);
  });
});
