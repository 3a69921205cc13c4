import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand, type Filter } from "@aws-sdk/client-ec2";
import { GetRandomPasswordCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { GetSubnetArgs } from "@pulumi/aws/ec2/getSubnet";
import type { GetAvailabilityZonesArgs } from "@pulumi/aws/getAvailabilityZones";
import type { GetPolicyDocumentArgs } from "@pulumi/aws/iam/getPolicyDocument";
import type { GetRandomPasswordArgs } from "@pulumi/aws/secretsmanager/getRandomPassword";
import type { GetParameterArgs } from "@pulumi/aws/ssm/getParameter";
import type { AwsSession } from "./awsSession";
import { renderPolicyDocument } from "./policyDocument";
import type { InputsOf, Properties } from "./resourceType";
import { fromTagList } from "./tags";

/** A provider function: reads, never changes. */
export type ProviderFunction = (args: Properties, aws: AwsSession) => Promise<Properties>;

function defineFunction<Args>(run: (args: InputsOf<Args>, aws: AwsSession) => Promise<Properties>): ProviderFunction {
  return run as unknown as ProviderFunction;
}

const toFilters = (filters: readonly { name: string; values: readonly string[] }[] | undefined): Filter[] =>
  (filters ?? []).map(({ name, values }) => ({ Name: name, Values: [...values] }));

const getAvailabilityZones = defineFunction<GetAvailabilityZonesArgs>(async (args, aws) => {
  const state = args.state === undefined ? [] : [{ Name: "state", Values: [args.state] }];
  const Filters = [...toFilters(args.filters), ...state];
  const { AvailabilityZones } = await aws.ec2.send(new DescribeAvailabilityZonesCommand(Filters.length === 0 ? {} : { Filters }));
  const zones = (AvailabilityZones ?? [])
    .filter((zone) => !(args.excludeNames ?? []).includes(zone.ZoneName ?? "") && !(args.excludeZoneIds ?? []).includes(zone.ZoneId ?? ""))
    .sort((left, right) => ((left.ZoneName ?? "") < (right.ZoneName ?? "") ? -1 : 1));
  return {
    id: aws.region,
    region: aws.region,
    names: zones.map((zone) => zone.ZoneName),
    zoneIds: zones.map((zone) => zone.ZoneId),
    groupNames: [...new Set(zones.map((zone) => zone.GroupName ?? aws.region))],
  };
});

const getParameter = defineFunction<GetParameterArgs>(async (args, aws) => {
  const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: args.name, WithDecryption: args.withDecryption ?? true }));
  const { ARN: arn, Type: type, Value: value, Version: version } = Parameter ?? {};
  const insecureValue = type === "SecureString" ? "" : value;
  return { id: args.name, name: args.name, region: aws.region, arn, type, value, insecureValue, version };
});

const getRandomPassword = defineFunction<GetRandomPasswordArgs>(async (args, aws) => {
  const { RandomPassword } = await aws.secretsManager.send(
    new GetRandomPasswordCommand({
      PasswordLength: args.passwordLength,
      ExcludeCharacters: args.excludeCharacters,
      ExcludeLowercase: args.excludeLowercase,
      ExcludeNumbers: args.excludeNumbers,
      ExcludePunctuation: args.excludePunctuation,
      ExcludeUppercase: args.excludeUppercase,
      IncludeSpace: args.includeSpace,
      RequireEachIncludedType: args.requireEachIncludedType,
    }),
  );
  return { id: aws.region, region: aws.region, randomPassword: RandomPassword };
});

const getSubnet = defineFunction<GetSubnetArgs>(async (args, aws) => {
  const byTag = Object.entries(args.tags ?? {}).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
  const byField = Object.entries({ "vpc-id": args.vpcId, "cidr-block": args.cidrBlock, "availability-zone": args.availabilityZone })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([Name, value]) => ({ Name, Values: [value] }));
  const Filters = [...toFilters(args.filters), ...byTag, ...byField];
  const SubnetIds = args.id === undefined ? undefined : [args.id];
  const { Subnets } = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds, ...(Filters.length === 0 ? {} : { Filters }) }));
  const [found] = Subnets ?? [];
  if (found === undefined || Subnets?.length !== 1)
    throw new Error(
      `getSubnet: needs exactly one subnet; got ${Subnets?.length ?? 0}; expected 1. Name it by its id or a narrower filter.`,
    );
  return {
    id: found.SubnetId,
    arn: found.SubnetArn,
    vpcId: found.VpcId,
    cidrBlock: found.CidrBlock,
    availabilityZone: found.AvailabilityZone,
    availabilityZoneId: found.AvailabilityZoneId,
    availableIpAddressCount: found.AvailableIpAddressCount,
    mapPublicIpOnLaunch: found.MapPublicIpOnLaunch,
    defaultForAz: found.DefaultForAz,
    state: found.State,
    ownerId: found.OwnerId,
    region: aws.region,
    tags: fromTagList(found.Tags) ?? {},
  };
});

/** Every provider function that the emulator answers, by token. */
export const functions: Readonly<Record<string, ProviderFunction>> = {
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
  "aws:secretsmanager/getRandomPassword:getRandomPassword": getRandomPassword,
  "aws:ssm/getParameter:getParameter": getParameter,
  "aws:ec2/getSubnet:getSubnet": getSubnet,
  "aws:iam/getPolicyDocument:getPolicyDocument": defineFunction<GetPolicyDocumentArgs>(async (args) => {
    const text = renderPolicyDocument(args);
    return { id: String(text.minifiedJson.length), ...text };
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": async (_args, aws) => {
    const { accountId, arn, userId } = await aws.identity();
    return { id: accountId, accountId, arn, userId };
  },
  "aws:index/getRegion:getRegion": async (_args, { region }) => ({
    id: region,
    name: region,
    region,
    description: region,
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  "aws:index/getPartition:getPartition": async (_args, { partition }) => ({
    id: partition,
    partition,
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
};
