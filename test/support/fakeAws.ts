/** Account, region and names that fake AWS answers with. */
export const fakeAccount = { accountId: "123456789012", region: "us-east-1", partition: "aws" } as const;

export const fakeImages = { standard: "ami-0a11111111111111a", gpu: "ami-0b22222222222222b" } as const;

const parameters: Readonly<Record<string, string>> = {
  "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64": fakeImages.standard,
  "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id": fakeImages.gpu,
};

interface FakeResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Types whose physical name is not in the input `name`. */
const nameInputs: Readonly<Record<string, string>> = { "aws:s3/bucket:Bucket": "bucket" };

function physicalName({ type, name, inputs }: FakeResource): string {
  const given = inputs[nameInputs[type] ?? "name"];
  return typeof given === "string" ? given : `${name}-0123abc`;
}

function fakeArn(type: string, physical: string): string {
  const [, service = "", kind = ""] = /^aws:([a-z0-9]+)\/[^:]+:(.+)$/i.exec(type) ?? [];
  return service === "s3"
    ? `arn:aws:s3:::${physical}`
    : `arn:aws:${service}:${fakeAccount.region}:${fakeAccount.accountId}:${kind.toLowerCase()}/${physical}`;
}

/** Outputs that AWS computes, beside the arn, per type. */
const computed: Readonly<Record<string, (resource: FakeResource) => Record<string, unknown>>> = {
  "aws:ec2/networkInterface:NetworkInterface": () => ({ privateIp: "10.80.16.10" }),
  "aws:ec2/eip:Eip": ({ name }) => ({ allocationId: `eipalloc-${name}` }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ inputs }) => (inputs["vpcEndpointType"] === "Gateway" ? { prefixListId: "pl-63a5400a" } : {}),
  "aws:sqs/queue:Queue": (resource) => ({
    url: `https://sqs.${fakeAccount.region}.amazonaws.com/${fakeAccount.accountId}/${physicalName(resource)}`,
  }),
  "aws:ec2/launchTemplate:LaunchTemplate": () => ({ latestVersion: 1 }),
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ inputs }) => ({
    primaryEndpointAddress: `master.${String(inputs["replicationGroupId"])}.0abcde.use1.cache.amazonaws.com`,
  }),
  "aws:s3/bucket:Bucket": (resource) => ({ bucket: physicalName(resource) }),
};

/** State of a resource after it was made: its inputs, a name as Pulumi makes them up, an arn and what else AWS computes. */
export function awsState(resource: FakeResource): { id: string; state: Record<string, unknown> } {
  const physical = physicalName(resource);
  return {
    id: `${resource.name}-id`,
    state: {
      ...resource.inputs,
      name: physical,
      arn: fakeArn(resource.type, physical),
      ...computed[resource.type]?.(resource),
    },
  };
}

interface FakeCall {
  readonly token: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly zoneCount: number;
}

/** Answers of provider functions; an unknown one is an error, never an echo. */
export function awsCall({ token, inputs, zoneCount }: FakeCall): Record<string, unknown> {
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { region: fakeAccount.region };
    case "aws:index/getPartition:getPartition":
      return { partition: fakeAccount.partition };
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: fakeAccount.accountId };
    case "aws:index/getAvailabilityZones:getAvailabilityZones":
      return { names: ["a", "b", "c", "d"].slice(0, zoneCount).map((letter) => `${fakeAccount.region}${letter}`) };
    case "aws:secretsmanager/getRandomPassword:getRandomPassword":
      return { randomPassword: "x".repeat(Number(inputs["passwordLength"])) };
    case "aws:ssm/getParameter:getParameter": {
      const value = parameters[String(inputs["name"])];
      if (value === undefined) {
        throw new Error(`unknown parameter ${String(inputs["name"])}`);
      }
      return { value };
    }
    default:
      throw new Error(`unknown provider function ${token}`);
  }
}
