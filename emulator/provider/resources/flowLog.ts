import {
  CreateFlowLogsCommand,
  DeleteFlowLogsCommand,
  DescribeFlowLogsCommand,
  type LogDestinationType,
  type TrafficType,
} from "@aws-sdk/client-ec2";
import type { FlowLogArgs, FlowLogState } from "@pulumi/aws/ec2/flowLog";
import { ignoreGone, orGone } from "../awsError";
import { defineResourceType, type InputsOf } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";

/** What is watched: AWS takes exactly one of the three. */
function watched(inputs: InputsOf<FlowLogArgs>) {
  if (inputs.vpcId !== undefined) return { ResourceType: "VPC" as const, ResourceIds: [inputs.vpcId] };
  if (inputs.subnetId !== undefined) return { ResourceType: "Subnet" as const, ResourceIds: [inputs.subnetId] };
  return { ResourceType: "NetworkInterface" as const, ResourceIds: [inputs.eniId ?? ""] };
}

export const flowLog = defineResourceType<FlowLogArgs, FlowLogState>({
  required: [],
  replaceOn: [
    "vpcId",
    "subnetId",
    "eniId",
    "iamRoleArn",
    "logDestination",
    "logDestinationType",
    "logFormat",
    "maxAggregationInterval",
    "trafficType",
    "destinationOptions",
  ],
  updateOn: [],
  deleteBeforeReplace: true,
  taggable: true,
  create: async (request) => {
    const { inputs, aws, token } = request;
    const { FlowLogIds, Unsuccessful } = await aws.ec2.send(
      new CreateFlowLogsCommand({
        ...watched(inputs),
        TrafficType: (inputs.trafficType ?? "ALL") as TrafficType,
        DeliverLogsPermissionArn: inputs.iamRoleArn,
        LogDestination: inputs.logDestination,
        LogDestinationType: (inputs.logDestinationType ?? "cloud-watch-logs") as LogDestinationType,
        LogFormat: inputs.logFormat,
        MaxAggregationInterval: inputs.maxAggregationInterval,
        ClientToken: token,
        TagSpecifications: tagSpecifications("vpc-flow-log", request),
      }),
    );
    const id = FlowLogIds?.[0];
    if (id === undefined) throw new Error(Unsuccessful?.[0]?.Error?.Message ?? "the flow log was not made, and AWS gave no reason");
    return id;
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = (await orGone(aws.ec2.send(new DescribeFlowLogsCommand({ FlowLogIds: [id] }))))?.FlowLogs?.[0];
    if (found === undefined) return undefined;
    return {
      arn: await aws.arn("ec2", `vpc-flow-log/${id}`),
      iamRoleArn: found.DeliverLogsPermissionArn,
      logDestination: found.LogDestination,
      logDestinationType: found.LogDestinationType,
      trafficType: found.TrafficType,
      tags: fromTagList(found.Tags),
    };
  },
  update: updateEc2Tags,
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteFlowLogsCommand({ FlowLogIds: [id] }))),
});
