import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveAssets } from "../../../emulator/provider/asset";
import type { Properties } from "../../../emulator/provider/resourceType";
import { TableProvider } from "../../../emulator/provider/tableProvider";
import { ASSET_SIGNATURE, SIGNATURE_KEY } from "../../../pulumi-protocol/wire";
import { type RunningApi, startApi } from "../api/runningApi";

export const REGION = "us-east-1";
export const IMAGE = "ami-12c6146b";
export const signal = new AbortController().signal;

/** An API with the objects that other resources refer to, made through the table itself. */
export interface TestWorld {
  readonly api: RunningApi;
  readonly provider: TableProvider;
  readonly ids: Readonly<Record<"vpc" | "subnet" | "otherSubnet" | "group" | "table" | "gateway" | "address" | "template", string>>;
  readonly names: Readonly<Record<"role" | "bucket" | "profile" | "otherProfile" | "rule", string>>;
  readonly urls: Readonly<Record<"queue", string>>;
  readonly arns: Readonly<Record<"role" | "logGroup", string>>;
  /** A file asset as it travels, with its hash. */
  asset(content: string): Promise<unknown>;
  make(type: string, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  stop(): Promise<void>;
}

export const trustPolicy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
});

export async function startWorld(): Promise<TestWorld> {
  const api = await startApi("--forget-seconds", "0");
  const provider = new TableProvider({ endpointUrl: api.endpointUrl, region: REGION });
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-world-"));
  const make = (type: string, inputs: Properties) => provider.create({ type, name: "world", inputs, token: randomUUID(), signal });
  const vpc = await make("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
  const inVpc = { vpcId: vpc.id };
  const [subnet, otherSubnet, group, table, gateway, address, template, role, bucket, logGroup, profile, otherProfile, rule, queue] =
    await Promise.all([
      make("aws:ec2/subnet:Subnet", { ...inVpc, cidrBlock: "10.0.0.0/20", availabilityZone: `${REGION}a` }),
      make("aws:ec2/subnet:Subnet", { ...inVpc, cidrBlock: "10.0.16.0/20", availabilityZone: `${REGION}b` }),
      make("aws:ec2/securityGroup:SecurityGroup", inVpc),
      make("aws:ec2/routeTable:RouteTable", inVpc),
      make("aws:ec2/internetGateway:InternetGateway", inVpc),
      make("aws:ec2/eip:Eip", { domain: "vpc" }),
      make("aws:ec2/launchTemplate:LaunchTemplate", { imageId: IMAGE, instanceType: "m6i.large" }),
      make("aws:iam/role:Role", { assumeRolePolicy: trustPolicy }),
      make("aws:s3/bucket:Bucket", {}),
      make("aws:cloudwatch/logGroup:LogGroup", {}),
      make("aws:iam/instanceProfile:InstanceProfile", {}),
      make("aws:iam/instanceProfile:InstanceProfile", {}),
      make("aws:cloudwatch/eventRule:EventRule", { eventPattern: "{}" }),
      make("aws:sqs/queue:Queue", {}),
    ]);
  return {
    api,
    provider,
    ids: {
      vpc: vpc.id,
      subnet: subnet.id,
      otherSubnet: otherSubnet.id,
      group: group.id,
      table: table.id,
      gateway: gateway.id,
      address: address.id,
      template: template.id,
    },
    names: { role: role.id, bucket: bucket.id, profile: profile.id, otherProfile: otherProfile.id, rule: rule.id },
    urls: { queue: queue.id },
    arns: { role: String(role.outputs["arn"]), logGroup: String(logGroup.outputs["arn"]) },
    asset: (content) => {
      const path = join(folder, randomUUID());
      writeFileSync(path, content);
      return resolveAssets({ [SIGNATURE_KEY]: ASSET_SIGNATURE, path }, "/");
    },
    make,
    stop: async () => {
      provider.close();
      rmSync(folder, { recursive: true, force: true });
      await api.stop();
    },
  };
}
