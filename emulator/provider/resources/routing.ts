import {
  AssociateRouteTableCommand,
  type RouteTable as AwsRouteTable,
  CreateRouteCommand,
  CreateRouteTableCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  ReplaceRouteCommand,
} from "@aws-sdk/client-ec2";
import type { RouteArgs, RouteState } from "@pulumi/aws/ec2/route";
import type { RouteTableArgs, RouteTableState } from "@pulumi/aws/ec2/routeTable";
import type { RouteTableAssociationArgs, RouteTableAssociationState } from "@pulumi/aws/ec2/routeTableAssociation";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType, type InputsOf } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";

async function describeTable(aws: AwsSession, id: string): Promise<AwsRouteTable | undefined> {
  return (await orGone(aws.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }))))?.RouteTables?.[0];
}

/** Routes and associations have resources of their own here; the inline `routes` of the real provider would fight with them and are refused. */
export const routeTable = defineResourceType<RouteTableArgs, RouteTableState>({
  required: ["vpcId"],
  replaceOn: ["vpcId"],
  updateOn: [],
  taggable: true,
  create: async (request) => {
    const command = new CreateRouteTableCommand({
      VpcId: request.inputs.vpcId,
      ClientToken: request.token,
      TagSpecifications: tagSpecifications("route-table", request),
    });
    const { RouteTable } = await request.aws.ec2.send(command);
    return madeId(RouteTable?.RouteTableId);
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = await describeTable(aws, id);
    if (found === undefined) return undefined;
    return { arn: await aws.arn("ec2", `route-table/${id}`), vpcId: found.VpcId, ownerId: found.OwnerId, tags: fromTagList(found.Tags) };
  },
  update: updateEc2Tags,
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteRouteTableCommand({ RouteTableId: id }))),
});

type RouteInputs = InputsOf<RouteArgs>;

const destination = (inputs: Partial<RouteInputs>) =>
  inputs.destinationCidrBlock ?? inputs.destinationIpv6CidrBlock ?? inputs.destinationPrefixListId ?? "";

const routeId = (inputs: Partial<RouteInputs>) => `r-${inputs.routeTableId ?? ""}${destination(inputs)}`;

const routeParameters = (inputs: RouteInputs) => ({
  RouteTableId: inputs.routeTableId,
  DestinationCidrBlock: inputs.destinationCidrBlock,
  DestinationIpv6CidrBlock: inputs.destinationIpv6CidrBlock,
  DestinationPrefixListId: inputs.destinationPrefixListId,
  GatewayId: inputs.gatewayId,
  NatGatewayId: inputs.natGatewayId,
  NetworkInterfaceId: inputs.networkInterfaceId,
  VpcPeeringConnectionId: inputs.vpcPeeringConnectionId,
  EgressOnlyInternetGatewayId: inputs.egressOnlyGatewayId,
});

async function describeRoute(aws: AwsSession, inputs: Partial<RouteInputs>) {
  const wanted = destination(inputs);
  const table = await describeTable(aws, inputs.routeTableId ?? "");
  return table?.Routes?.find((route) =>
    [route.DestinationCidrBlock, route.DestinationIpv6CidrBlock, route.DestinationPrefixListId].includes(wanted),
  );
}

export const route = defineResourceType<RouteArgs, RouteState>({
  required: ["routeTableId"],
  replaceOn: ["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
  updateOn: ["gatewayId", "natGatewayId", "networkInterfaceId", "vpcPeeringConnectionId", "egressOnlyGatewayId"],
  deleteBeforeReplace: true,
  create: async ({ inputs, aws }) => {
    await aws.ec2.send(new CreateRouteCommand(routeParameters(inputs)));
    return routeId(inputs);
  },
  find: async ({ inputs, aws }) => ((await describeRoute(aws, inputs)) ? routeId(inputs) : undefined),
  read: async ({ inputs, outputs, aws }) => {
    const found = await describeRoute(aws, { ...(outputs as Partial<RouteInputs>), ...inputs });
    return (
      found && {
        gatewayId: found.GatewayId,
        natGatewayId: found.NatGatewayId,
        networkInterfaceId: found.NetworkInterfaceId,
        vpcPeeringConnectionId: found.VpcPeeringConnectionId,
        origin: found.Origin,
        state: found.State,
      }
    );
  },
  update: async ({ inputs, aws }) => {
    await aws.ec2.send(new ReplaceRouteCommand(routeParameters(inputs)));
  },
  delete: async ({ inputs, aws }) => {
    const { RouteTableId, DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId } = routeParameters(
      inputs as RouteInputs,
    );
    await ignoreGone(
      aws.ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock, DestinationIpv6CidrBlock, DestinationPrefixListId })),
    );
  },
});

async function associationOf(aws: AwsSession, inputs: { routeTableId: string; subnetId?: string; gatewayId?: string }) {
  const table = await describeTable(aws, inputs.routeTableId);
  return table?.Associations?.find(
    (association) =>
      (inputs.subnetId !== undefined && association.SubnetId === inputs.subnetId) ||
      (inputs.gatewayId !== undefined && association.GatewayId === inputs.gatewayId),
  )?.RouteTableAssociationId;
}

export const routeTableAssociation = defineResourceType<RouteTableAssociationArgs, RouteTableAssociationState>({
  required: ["routeTableId"],
  replaceOn: ["routeTableId", "subnetId", "gatewayId"],
  updateOn: [],
  deleteBeforeReplace: true,
  create: async ({ inputs, aws }) => {
    const { routeTableId: RouteTableId, subnetId: SubnetId, gatewayId: GatewayId } = inputs;
    const { AssociationId } = await aws.ec2.send(new AssociateRouteTableCommand({ RouteTableId, SubnetId, GatewayId }));
    return madeId(AssociationId);
  },
  find: ({ inputs, aws }) =>
    associationOf(aws, {
      routeTableId: inputs.routeTableId,
      ...(inputs.subnetId === undefined ? {} : { subnetId: inputs.subnetId }),
      ...(inputs.gatewayId === undefined ? {} : { gatewayId: inputs.gatewayId }),
    }),
  read: async ({ id, aws }) => {
    const { RouteTables } = await aws.ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: "association.route-table-association-id", Values: [id] }] }),
    );
    const table = RouteTables?.[0];
    const found = table?.Associations?.find((association) => association.RouteTableAssociationId === id);
    return found && { routeTableId: table?.RouteTableId, subnetId: found.SubnetId, gatewayId: found.GatewayId };
  },
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DisassociateRouteTableCommand({ AssociationId: id }))),
});
