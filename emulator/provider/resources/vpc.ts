import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { InternetGatewayArgs, InternetGatewayState } from "@pulumi/aws/ec2/internetGateway";
import type { SubnetArgs, SubnetState } from "@pulumi/aws/ec2/subnet";
import type { VpcArgs, VpcState } from "@pulumi/aws/ec2/vpc";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";

/** The objects that AWS makes with each VPC. */
async function vpcDefaults(aws: AwsSession, vpcId: string) {
  const ofVpc = { Name: "vpc-id", Values: [vpcId] };
  const [tables, groups, acls] = await Promise.all([
    aws.ec2.send(new DescribeRouteTablesCommand({ Filters: [ofVpc, { Name: "association.main", Values: ["true"] }] })),
    aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters: [ofVpc, { Name: "group-name", Values: ["default"] }] })),
    aws.ec2.send(new DescribeNetworkAclsCommand({ Filters: [ofVpc, { Name: "default", Values: ["true"] }] })),
  ]);
  const mainRouteTableId = tables.RouteTables?.[0]?.RouteTableId;
  return {
    mainRouteTableId,
    defaultRouteTableId: mainRouteTableId,
    defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
    defaultNetworkAclId: acls.NetworkAcls?.[0]?.NetworkAclId,
  };
}

async function setDns(aws: AwsSession, VpcId: string, inputs: { enableDnsSupport?: boolean; enableDnsHostnames?: boolean }) {
  // One attribute a call is all that AWS takes; hostnames need support to be on first.
  await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsSupport: { Value: inputs.enableDnsSupport ?? true } }));
  await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: inputs.enableDnsHostnames ?? false } }));
}

export const vpc = defineResourceType<VpcArgs, VpcState>({
  required: [],
  replaceOn: ["cidrBlock", "instanceTenancy", "ipv4IpamPoolId", "ipv4NetmaskLength"],
  updateOn: ["enableDnsSupport", "enableDnsHostnames"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws } = request;
    const { Vpc } = await aws.ec2.send(
      new CreateVpcCommand({
        CidrBlock: inputs.cidrBlock,
        InstanceTenancy: inputs.instanceTenancy === "dedicated" ? "dedicated" : "default",
        TagSpecifications: tagSpecifications("vpc", request),
      }),
    );
    return madeId(Vpc?.VpcId);
  },
  complete: ({ id, inputs, aws }) => setDns(aws, id, asDns(inputs)),
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeVpcsCommand({ VpcIds: [id] }))))?.Vpcs?.[0];
    if (found === undefined) return undefined;
    const [support, hostnames, defaults] = await Promise.all([
      aws.ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsSupport" })),
      aws.ec2.send(new DescribeVpcAttributeCommand({ VpcId: id, Attribute: "enableDnsHostnames" })),
      vpcDefaults(aws, id),
    ]);
    return {
      arn: await aws.arn("ec2", `vpc/${id}`),
      cidrBlock: found.CidrBlock,
      instanceTenancy: found.InstanceTenancy,
      enableDnsSupport: support.EnableDnsSupport?.Value,
      enableDnsHostnames: hostnames.EnableDnsHostnames?.Value,
      ownerId: found.OwnerId,
      tags: fromTagList(found.Tags),
      ...defaults,
    };
  },
  update: async (request) => {
    await updateEc2Tags(request);
    await setDns(request.aws, request.id, asDns(request.inputs));
  },
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteVpcCommand({ VpcId: id }))),
});

function asDns(inputs: { enableDnsSupport?: boolean | undefined; enableDnsHostnames?: boolean | undefined }) {
  return { enableDnsSupport: inputs.enableDnsSupport ?? true, enableDnsHostnames: inputs.enableDnsHostnames ?? false };
}

export const subnet = defineResourceType<SubnetArgs, SubnetState>({
  required: ["vpcId"],
  replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native"],
  updateOn: ["mapPublicIpOnLaunch"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws } = request;
    const { Subnet } = await aws.ec2.send(
      new CreateSubnetCommand({
        VpcId: inputs.vpcId,
        CidrBlock: inputs.cidrBlock,
        AvailabilityZone: inputs.availabilityZone,
        AvailabilityZoneId: inputs.availabilityZoneId,
        TagSpecifications: tagSpecifications("subnet", request),
      }),
    );
    return madeId(Subnet?.SubnetId);
  },
  complete: async ({ id, inputs, aws }) => {
    if (inputs.mapPublicIpOnLaunch !== true) return;
    await aws.ec2.send(new ModifySubnetAttributeCommand({ SubnetId: id, MapPublicIpOnLaunch: { Value: true } }));
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [id] }))))?.Subnets?.[0];
    return (
      found && {
        arn: found.SubnetArn,
        vpcId: found.VpcId,
        cidrBlock: found.CidrBlock,
        availabilityZone: found.AvailabilityZone,
        availabilityZoneId: found.AvailabilityZoneId,
        mapPublicIpOnLaunch: found.MapPublicIpOnLaunch,
        ownerId: found.OwnerId,
        tags: fromTagList(found.Tags),
      }
    );
  },
  update: async (request) => {
    await updateEc2Tags(request);
    const MapPublicIpOnLaunch = { Value: request.inputs.mapPublicIpOnLaunch ?? false };
    await request.aws.ec2.send(new ModifySubnetAttributeCommand({ SubnetId: request.id, MapPublicIpOnLaunch }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteSubnetCommand({ SubnetId: id }))),
});

async function attachGateway(aws: AwsSession, InternetGatewayId: string, wanted: string | undefined): Promise<void> {
  const { InternetGateways } = await aws.ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [InternetGatewayId] }));
  const attached = InternetGateways?.[0]?.Attachments?.[0]?.VpcId;
  if (attached === wanted) return;
  if (attached !== undefined) await aws.ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId: attached }));
  if (wanted !== undefined) await aws.ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId: wanted }));
}

export const internetGateway = defineResourceType<InternetGatewayArgs, InternetGatewayState>({
  required: [],
  replaceOn: [],
  updateOn: ["vpcId"],
  taggable: true,
  create: async (request) => {
    const command = new CreateInternetGatewayCommand({ TagSpecifications: tagSpecifications("internet-gateway", request) });
    const { InternetGateway } = await request.aws.ec2.send(command);
    return madeId(InternetGateway?.InternetGatewayId);
  },
  complete: ({ id, inputs, aws }) => attachGateway(aws, id, inputs.vpcId),
  find: findByToken,
  read: async ({ id, aws }) => {
    const command = new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] });
    const found = (await orGone(aws.ec2.send(command)))?.InternetGateways?.[0];
    if (found === undefined) return undefined;
    return {
      arn: await aws.arn("ec2", `internet-gateway/${id}`),
      vpcId: found.Attachments?.[0]?.VpcId,
      ownerId: found.OwnerId,
      tags: fromTagList(found.Tags),
    };
  },
  update: async (request) => {
    await updateEc2Tags(request);
    await attachGateway(request.aws, request.id, request.inputs.vpcId);
  },
  delete: async ({ id, aws }) => {
    await ignoreGone(attachGateway(aws, id, undefined));
    await ignoreGone(aws.ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id })));
  },
});
