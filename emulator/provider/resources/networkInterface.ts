import {
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  ModifyNetworkInterfaceAttributeCommand,
} from "@aws-sdk/client-ec2";
import type { NetworkInterfaceArgs, NetworkInterfaceState } from "@pulumi/aws/ec2/networkInterface";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";

async function describe(aws: AwsSession, id: string) {
  return (await orGone(aws.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }))))?.NetworkInterfaces?.[0];
}

async function setSourceDestCheck(aws: AwsSession, NetworkInterfaceId: string, isOn: boolean): Promise<void> {
  await aws.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, SourceDestCheck: { Value: isOn } }));
}

export const networkInterface = defineResourceType<NetworkInterfaceArgs, NetworkInterfaceState>({
  required: ["subnetId"],
  replaceOn: ["subnetId", "privateIp", "privateIps", "interfaceType"],
  updateOn: ["securityGroups", "description", "sourceDestCheck"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws, token } = request;
    const { NetworkInterface } = await aws.ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: inputs.subnetId,
        Description: inputs.description,
        Groups: inputs.securityGroups,
        PrivateIpAddress: inputs.privateIp ?? inputs.privateIps?.[0],
        ClientToken: token,
        TagSpecifications: tagSpecifications("network-interface", request),
      }),
    );
    return madeId(NetworkInterface?.NetworkInterfaceId);
  },
  complete: async ({ id, inputs, aws }) => {
    if (inputs.sourceDestCheck === false) await setSourceDestCheck(aws, id, false);
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = await describe(aws, id);
    if (found === undefined) return undefined;
    return {
      arn: await aws.arn("ec2", `network-interface/${id}`),
      subnetId: found.SubnetId,
      description: found.Description,
      privateIp: found.PrivateIpAddress,
      privateIps: (found.PrivateIpAddresses ?? []).map((address) => address.PrivateIpAddress ?? ""),
      privateDnsName: found.PrivateDnsName,
      macAddress: found.MacAddress,
      ownerId: found.OwnerId,
      securityGroups: (found.Groups ?? []).map((group) => group.GroupId ?? "").sort(),
      sourceDestCheck: found.SourceDestCheck,
      tags: fromTagList(found.TagSet),
    };
  },
  update: async (request) => {
    const { id: NetworkInterfaceId, aws, inputs, previousInputs } = request;
    await updateEc2Tags(request);
    const change = (attribute: object) => aws.ec2.send(new ModifyNetworkInterfaceAttributeCommand({ NetworkInterfaceId, ...attribute }));
    if (JSON.stringify(inputs.securityGroups) !== JSON.stringify(previousInputs.securityGroups))
      await change({ Groups: inputs.securityGroups });
    if (inputs.description !== previousInputs.description) await change({ Description: { Value: inputs.description ?? "" } });
    if (inputs.sourceDestCheck !== previousInputs.sourceDestCheck)
      await setSourceDestCheck(aws, NetworkInterfaceId, inputs.sourceDestCheck ?? true);
  },
  delete: async ({ id, aws }) => {
    const AttachmentId = (await describe(aws, id))?.Attachment?.AttachmentId;
    if (AttachmentId !== undefined) await ignoreGone(aws.ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId, Force: true })));
    await ignoreGone(aws.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })));
  },
});
