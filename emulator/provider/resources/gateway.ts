import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateVpcEndpointCommand,
  DeleteNatGatewayCommand,
  DeleteVpcEndpointsCommand,
  DescribeAddressesCommand,
  DescribeNatGatewaysCommand,
  DescribePrefixListsCommand,
  DescribeVpcEndpointsCommand,
  ModifyVpcEndpointCommand,
  ReleaseAddressCommand,
  type VpcEndpointType,
} from "@aws-sdk/client-ec2";
import type { EipArgs, EipState } from "@pulumi/aws/ec2/eip";
import type { NatGatewayArgs, NatGatewayState } from "@pulumi/aws/ec2/natGateway";
import type { VpcEndpointArgs, VpcEndpointState } from "@pulumi/aws/ec2/vpcEndpoint";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";
import { waitUntil } from "../waitUntil";

export const eip = defineResourceType<EipArgs, EipState>({
  required: [],
  replaceOn: ["domain", "networkBorderGroup", "publicIpv4Pool", "address"],
  updateOn: [],
  taggable: true,
  create: async (request) => {
    const TagSpecifications = tagSpecifications("elastic-ip", request);
    const { AllocationId } = await request.aws.ec2.send(new AllocateAddressCommand({ Domain: "vpc", TagSpecifications }));
    return madeId(AllocationId);
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeAddressesCommand({ AllocationIds: [id] }))))?.Addresses?.[0];
    if (found === undefined) return undefined;
    return {
      arn: await aws.arn("ec2", `elastic-ip/${id}`),
      allocationId: id,
      associationId: found.AssociationId ?? "",
      domain: found.Domain,
      publicIp: found.PublicIp,
      privateIp: found.PrivateIpAddress ?? "",
      networkBorderGroup: found.NetworkBorderGroup,
      tags: fromTagList(found.Tags),
    };
  },
  update: updateEc2Tags,
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new ReleaseAddressCommand({ AllocationId: id }))),
});

export const natGateway = defineResourceType<NatGatewayArgs, NatGatewayState>({
  required: [],
  replaceOn: ["subnetId", "allocationId", "connectivityType", "privateIp"],
  updateOn: [],
  deleteBeforeReplace: true,
  taggable: true,
  create: async (request) => {
    const { inputs, aws, token } = request;
    const { NatGateway } = await aws.ec2.send(
      new CreateNatGatewayCommand({
        SubnetId: inputs.subnetId,
        AllocationId: inputs.allocationId,
        ConnectivityType: inputs.connectivityType === "private" ? "private" : "public",
        ClientToken: token,
        TagSpecifications: tagSpecifications("natgateway", request),
      }),
    );
    return madeId(NatGateway?.NatGatewayId);
  },
  complete: ({ id, aws, signal }) =>
    waitUntil(`NAT gateway ${id} becoming available`, { signal, timeoutSeconds: 600 }, async () => {
      const { NatGateways } = await aws.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }));
      const state = NatGateways?.[0]?.State;
      if (state === "failed") throw new Error(`NAT gateway ${id} failed: ${NatGateways?.[0]?.FailureMessage ?? "no reason given"}`);
      return state === "available";
    }),
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }))))?.NatGateways?.[0];
    if (found === undefined || found.State === "deleted" || found.State === "deleting") return undefined;
    const address = found.NatGatewayAddresses?.[0];
    return {
      subnetId: found.SubnetId,
      allocationId: address?.AllocationId,
      associationId: address?.AssociationId,
      connectivityType: found.ConnectivityType,
      networkInterfaceId: address?.NetworkInterfaceId,
      privateIp: address?.PrivateIp,
      publicIp: address?.PublicIp,
      tags: fromTagList(found.Tags),
    };
  },
  update: updateEc2Tags,
  delete: async ({ id, aws, signal }) => {
    await ignoreGone(aws.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id })));
    // Its address cannot be released, nor its subnet deleted, while it is still deleting.
    await waitUntil(`NAT gateway ${id} being deleted`, { signal, timeoutSeconds: 900 }, async () => {
      const found = await orGone(aws.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] })));
      return (found?.NatGateways ?? []).every((gateway) => gateway.State === "deleted");
    });
  },
});

const added = (previous: readonly string[] = [], next: readonly string[] = []) => next.filter((value) => !previous.includes(value));

/** AWS's own list of a service's addresses, which firewall rules name; gateway endpoints have one. */
async function prefixListId(aws: AwsSession, serviceName: string | undefined): Promise<string | undefined> {
  const Filters = [{ Name: "prefix-list-name", Values: [serviceName ?? ""] }];
  const { PrefixLists } = await aws.ec2.send(new DescribePrefixListsCommand({ Filters }));
  return PrefixLists?.find((list) => list.PrefixListName === serviceName)?.PrefixListId;
}

export const vpcEndpoint = defineResourceType<VpcEndpointArgs, VpcEndpointState>({
  required: ["vpcId"],
  replaceOn: ["vpcId", "serviceName", "vpcEndpointType"],
  updateOn: ["policy", "routeTableIds", "subnetIds", "securityGroupIds", "privateDnsEnabled"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws, token } = request;
    const { VpcEndpoint } = await aws.ec2.send(
      new CreateVpcEndpointCommand({
        VpcId: inputs.vpcId,
        ServiceName: inputs.serviceName,
        VpcEndpointType: (inputs.vpcEndpointType ?? "Gateway") as VpcEndpointType,
        PolicyDocument: inputs.policy,
        RouteTableIds: inputs.routeTableIds,
        SubnetIds: inputs.subnetIds,
        SecurityGroupIds: inputs.securityGroupIds,
        PrivateDnsEnabled: inputs.privateDnsEnabled,
        ClientToken: token,
        TagSpecifications: tagSpecifications("vpc-endpoint", request),
      }),
    );
    return madeId(VpcEndpoint?.VpcEndpointId);
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }))))?.VpcEndpoints?.[0];
    if (found === undefined || found.State?.toLowerCase() === "deleted") return undefined;
    return {
      arn: await aws.arn("ec2", `vpc-endpoint/${id}`),
      vpcId: found.VpcId,
      serviceName: found.ServiceName,
      vpcEndpointType: found.VpcEndpointType,
      routeTableIds: found.RouteTableIds,
      subnetIds: found.SubnetIds,
      networkInterfaceIds: found.NetworkInterfaceIds,
      ...(found.VpcEndpointType === "Gateway" ? { prefixListId: await prefixListId(aws, found.ServiceName) } : {}),
      state: found.State,
      tags: fromTagList(found.Tags),
    };
  },
  update: async (request) => {
    const { id, aws, previousInputs: previous, inputs } = request;
    await updateEc2Tags(request);
    await aws.ec2.send(
      new ModifyVpcEndpointCommand({
        VpcEndpointId: id,
        PolicyDocument: inputs.policy,
        PrivateDnsEnabled: inputs.privateDnsEnabled,
        AddRouteTableIds: added(previous.routeTableIds, inputs.routeTableIds),
        RemoveRouteTableIds: added(inputs.routeTableIds, previous.routeTableIds),
        AddSubnetIds: added(previous.subnetIds, inputs.subnetIds),
        RemoveSubnetIds: added(inputs.subnetIds, previous.subnetIds),
        AddSecurityGroupIds: added(previous.securityGroupIds, inputs.securityGroupIds),
        RemoveSecurityGroupIds: added(inputs.securityGroupIds, previous.securityGroupIds),
      }),
    );
  },
  delete: async ({ id, aws, signal }) => {
    await ignoreGone(aws.ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })));
    await waitUntil(`endpoint ${id} being deleted`, { signal, timeoutSeconds: 600 }, async () => {
      const found = await orGone(aws.ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] })));
      return (found?.VpcEndpoints ?? []).every((endpoint) => endpoint.State?.toLowerCase() === "deleted");
    });
  },
});
