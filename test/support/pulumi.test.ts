import * as ec2 from "@pulumi/aws/ec2";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as aws from "@pulumi/aws/provider";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { deploy, outputValue } from "./pulumi";

const vpcType = "aws:ec2/vpc:Vpc";

describe("deploy", () => {
  it("waits for resources whose inputs come late", async () => {
    const { one } = await deploy((options) => {
      const late = new Promise<string>((resolve) => setTimeout(() => resolve("10.0.0.0/16"), 20));
      const vpc = new ec2.Vpc("late", { cidrBlock: late }, options);
      return new ec2.Subnet("later", { vpcId: vpc.id, cidrBlock: "10.0.0.0/24" }, options);
    });
    expect(one(vpcType).inputs["cidrBlock"]).toBe("10.0.0.0/16");
    expect(one("aws:ec2/subnet:Subnet").inputs["vpcId"]).toBe("late-id");
  });

  it("refuses two resources of one type and name", async () => {
    const twice = deploy((options) => [new ec2.Vpc("twin", {}, options), new ec2.Vpc("twin", {}, options)]);
    await expect(twice).rejects.toThrow("two resources of type aws:ec2/vpc:Vpc are called twin");
  });

  it("fails with an error inside apply", async () => {
    const broken = deploy((options) => {
      const cidrBlock = pulumi.output(1).apply((): string => {
        throw new Error("broken on purpose");
      });
      return new ec2.Vpc("broken", { cidrBlock }, options);
    });
    await expect(broken).rejects.toThrow("broken on purpose");
  });

  it("fails on a provider function that fake AWS does not know", async () => {
    const unknown = deploy((options) => new ec2.Vpc("x", { cidrBlock: ssm.getParameterOutput({ name: "/nothing" }).value }, options));
    await expect(unknown).rejects.toThrow("unknown parameter /nothing");
  });

  it("sees options, explicit providers and calls", async () => {
    const { one, calls } = await deploy((options) => {
      const provider = new aws.Provider("ireland", { region: "eu-west-1" }, options);
      const region = getRegionOutput({}, { provider }).region;
      return new ec2.Vpc("vpc", { tags: { region } }, { ...options, provider, ignoreChanges: ["tags"], protect: true });
    });
    expect(one(vpcType).options).toMatchObject({ ignoreChanges: ["tags"], protect: true });
    expect(one(vpcType).provider).toContain("ireland");
    expect(calls).toEqual([{ token: "aws:index/getRegion:getRegion", inputs: {}, provider: expect.stringContaining("ireland") }]);
  });

  it("takes secrets out of their wrapper", async () => {
    const { one } = await deploy((options) => new ec2.Vpc("vpc", { tags: pulumi.secret({ note: "hidden" }) }, options));
    expect(one(vpcType).inputs["tags"]).toEqual({ note: "hidden" });
  });

  it("leaves what AWS computes unknown in a preview", async () => {
    const { one } = await deploy(
      (options) => {
        const vpc = new ec2.Vpc("vpc", {}, options);
        return new ec2.Subnet("subnet", { vpcId: vpc.id }, options);
      },
      { preview: true },
    );
    expect(one("aws:ec2/subnet:Subnet").inputs["vpcId"]).not.toBe("vpc-id");
  });

  it("gives every run a configuration of its own", async () => {
    const read = async (region: string) =>
      (await deploy(() => pulumi.output(new pulumi.Config("aws").require("region")), { config: { "aws:region": region } })).result;
    expect(await outputValue(await read("eu-west-1"))).toBe("eu-west-1");
    expect(await outputValue(await read("us-west-2"))).toBe("us-west-2");
  });
});
