import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import { DescribeCacheSubnetGroupsCommand, DescribeReplicationGroupsCommand } from "@aws-sdk/client-elasticache";
import {
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { DescribeParametersCommand, GetParameterCommand } from "@aws-sdk/client-ssm";
import { AwsSession } from "../../../emulator/provider/awsSession";

/** Larger objects are the artifacts, whose names hold their digest: the size is enough. */
const LONGEST_TEXT_BYTES = 100_000;

/** Ids, name suffixes, times and addresses that differ between two runs of the same program. */
function masked(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll(/\b([a-z]{1,10})-[0-9a-f]{8,17}\b/g, "$1-*")
    .replaceAll(/-[0-9a-f]{7}(?=["'/\\*:])/g, "-*")
    .replaceAll(/-[0-9a-f]{7}-\w{6}(?=\\?")/g, "-*")
    .replaceAll(/\b10\.80\.\d+\.\d+\b(?!\/)/g, "ADDRESS")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/"(RoleId|InstanceProfileId|ReservationId|ClientToken|OwnerId|MacAddress|ETag)":"[^"]*"/g, '"$1":"*"')
    .replaceAll(/\{"Key":"rayfleet:creation","Value":"[^"]*"\},?/g, "")
    .replaceAll(/,\]/g, "]");
  return JSON.parse(text);
}

const sorted = (values: readonly unknown[]): unknown[] =>
  [...values].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));

const byKey = (tags: readonly { Key?: string | undefined }[] | undefined) =>
  [...(tags ?? [])].sort((left, right) => ((left.Key ?? "") < (right.Key ?? "") ? -1 : 1));

async function network(aws: AwsSession): Promise<Record<string, readonly unknown[]>> {
  const { Vpcs = [] } = await aws.ec2.send(new ec2.DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }));
  const ids = Vpcs.map((vpc) => vpc.VpcId ?? "");
  if (ids.length === 0) return { vpcs: [], subnets: [], tables: [], gateways: [], groups: [], rules: [] };
  const Filters = [{ Name: "vpc-id", Values: ids }];
  const [subnets, tables, gateways, groups] = await Promise.all([
    aws.ec2.send(new ec2.DescribeSubnetsCommand({ Filters })),
    aws.ec2.send(new ec2.DescribeRouteTablesCommand({ Filters })),
    aws.ec2.send(new ec2.DescribeInternetGatewaysCommand({ Filters: [{ Name: "attachment.vpc-id", Values: ids }] })),
    aws.ec2.send(new ec2.DescribeSecurityGroupsCommand({ Filters })),
  ]);
  const groupIds = (groups.SecurityGroups ?? []).map((group) => group.GroupId ?? "");
  const rules = await aws.ec2.send(new ec2.DescribeSecurityGroupRulesCommand({ Filters: [{ Name: "group-id", Values: groupIds }] }));
  return {
    vpcs: Vpcs.map((vpc) => ({ cidr: vpc.CidrBlock, tags: byKey(vpc.Tags) })),
    subnets: (subnets.Subnets ?? []).map((subnet) => ({ cidr: subnet.CidrBlock, zone: subnet.AvailabilityZone, tags: byKey(subnet.Tags) })),
    tables: (tables.RouteTables ?? []).map((table) => ({
      routes: table.Routes,
      associations: (table.Associations ?? []).length,
      tags: byKey(table.Tags),
    })),
    gateways: (gateways.InternetGateways ?? []).map((gateway) => ({ tags: byKey(gateway.Tags) })),
    groups: (groups.SecurityGroups ?? []).map((group) => ({ name: group.GroupName, text: group.Description, tags: byKey(group.Tags) })),
    rules: (rules.SecurityGroupRules ?? []).map(({ Tags: _tags, SecurityGroupRuleArn: _arn, ...rule }) => rule),
  };
}

async function machines(aws: AwsSession): Promise<Record<string, readonly unknown[]>> {
  const Filters = [{ Name: "instance-state-name", Values: ["pending", "running", "stopped"] }];
  const [instances, templates, groups, alarms] = await Promise.all([
    aws.ec2.send(new ec2.DescribeInstancesCommand({ Filters })),
    aws.ec2.send(new ec2.DescribeLaunchTemplateVersionsCommand({ Versions: ["$Latest"] })),
    aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({})),
    aws.cloudWatch.send(new DescribeAlarmsCommand({})),
  ]);
  return {
    instances: (instances.Reservations ?? [])
      .flatMap((reservation) => reservation.Instances ?? [])
      .map((each) => ({
        type: each.InstanceType,
        address: each.PrivateIpAddress,
        profile: each.IamInstanceProfile?.Arn,
        tags: byKey(each.Tags),
      })),
    templates: (templates.LaunchTemplateVersions ?? []).map(({ LaunchTemplateName, VersionNumber, LaunchTemplateData }) => ({
      LaunchTemplateName,
      VersionNumber,
      LaunchTemplateData: { ...LaunchTemplateData, UserData: Buffer.from(LaunchTemplateData?.UserData ?? "", "base64").toString() },
    })),
    scalingGroups: (groups.AutoScalingGroups ?? []).map(({ CreatedTime: _time, AutoScalingGroupARN: _arn, ...group }) => group),
    alarms: (alarms.MetricAlarms ?? []).map(({ AlarmName, Threshold, MetricName, Dimensions }) => ({
      AlarmName,
      Threshold,
      MetricName,
      Dimensions,
    })),
  };
}

async function identity(aws: AwsSession): Promise<Record<string, readonly unknown[]>> {
  const { Roles = [] } = await aws.iam.send(new ListRolesCommand({}));
  const { InstanceProfiles = [] } = await aws.iam.send(new ListInstanceProfilesCommand({}));
  const roles = Roles.map(async ({ RoleName, AssumeRolePolicyDocument }) => {
    const { PolicyNames = [] } = await aws.iam.send(new ListRolePoliciesCommand({ RoleName }));
    const documents = PolicyNames.map(
      async (PolicyName) => (await aws.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument,
    );
    const { AttachedPolicies = [] } = await aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const attached = AttachedPolicies.map(({ PolicyArn }) => PolicyArn).sort();
    const policies = (await Promise.all(documents)).map((document = "") => decodeURIComponent(document));
    return { RoleName, AssumeRolePolicyDocument, policies, attached };
  });
  return {
    roles: await Promise.all(roles),
    profiles: InstanceProfiles.map((profile) => ({
      name: profile.InstanceProfileName,
      roles: profile.Roles?.map((role) => role.RoleName),
    })),
  };
}

async function data(aws: AwsSession): Promise<Record<string, readonly unknown[]>> {
  const { Buckets = [] } = await aws.s3.send(new ListBucketsCommand({}));
  const objects = Buckets.map(async ({ Name: Bucket }) => {
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket }));
    const texts = Contents.map(async ({ Key, Size = 0 }) => [
      Key,
      Size > LONGEST_TEXT_BYTES ? Size : await (await aws.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
    ]);
    return { Bucket, objects: await Promise.all(texts) };
  });
  const { Parameters = [] } = await aws.ssm.send(new DescribeParametersCommand({}));
  // AWS's own come into being in the emulated API when one of them is first read.
  const own = Parameters.filter(({ Name }) => Name?.startsWith("/aws/") !== true);
  const parameters = own.map(async ({ Name, Type }) => {
    const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return { Name, Type, Value: Parameter?.Value };
  });
  const { ReplicationGroups = [] } = await aws.elastiCache.send(new DescribeReplicationGroupsCommand({}));
  const { CacheSubnetGroups = [] } = await aws.elastiCache.send(new DescribeCacheSubnetGroupsCommand({}));
  return {
    buckets: await Promise.all(objects),
    parameters: await Promise.all(parameters),
    caches: ReplicationGroups.map(({ ReplicationGroupId, CacheNodeType, Status }) => ({ ReplicationGroupId, CacheNodeType, Status })),
    cacheSubnets: CacheSubnetGroups.map(({ CacheSubnetGroupName }) => ({ CacheSubnetGroupName })),
  };
}

/** Everything that the fixture's kinds of resources left in an account, made comparable between accounts. */
export async function cloudInventory(endpointUrl: string): Promise<Record<string, readonly unknown[]>> {
  const aws = new AwsSession({ endpointUrl, region: "us-east-1" });
  try {
    const found = { ...(await network(aws)), ...(await machines(aws)), ...(await identity(aws)), ...(await data(aws)) };
    return Object.fromEntries(Object.entries(found).map(([kind, list]) => [kind, sorted(list.map(masked))]));
  } finally {
    aws.close();
  }
}
