import {
  type _InstanceType,
  AssociateIamInstanceProfileCommand,
  type Instance as AwsInstance,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeInstancesCommand,
  DisassociateIamInstanceProfileCommand,
  type IamInstanceProfileAssociation,
  type InstanceNetworkInterfaceSpecification,
  ModifyInstanceAttributeCommand,
  type ModifyInstanceAttributeCommandInput,
  ModifyInstanceMetadataOptionsCommand,
  ReplaceIamInstanceProfileAssociationCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  type Tenancy,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { InstanceArgs, InstanceState } from "@pulumi/aws/ec2/instance";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { pascalKeys } from "../pascalKeys";
import { defineResourceType, type ExistingResource, type InputsOf, type UpdateRequest } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, toTagList, updateEc2Tags } from "../tags";
import { waitUntil } from "../waitUntil";
import { toBlockDevice } from "./blockDevices";

type Inputs = InputsOf<InstanceArgs>;

async function describe(aws: AwsSession, id: string): Promise<AwsInstance | undefined> {
  return (await orGone(aws.ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))))?.Reservations?.[0]?.Instances?.[0];
}

/** User data goes over the wire in base64, whichever way the program wrote it. */
const userDataBase64 = (inputs: Inputs): string | undefined =>
  inputs.userDataBase64 ?? (inputs.userData === undefined ? undefined : Buffer.from(inputs.userData, "utf8").toString("base64"));

/** Interfaces that exist already; with any of them subnet and security groups must not be given again. */
function interfaces(inputs: Inputs): InstanceNetworkInterfaceSpecification[] {
  const primary = inputs.primaryNetworkInterface;
  const first = primary === undefined ? [] : [{ DeviceIndex: 0, NetworkInterfaceId: primary.networkInterfaceId }];
  const others = (inputs.networkInterfaces ?? []).map(({ deviceIndex, networkInterfaceId, networkCardIndex, deleteOnTermination }) => ({
    DeviceIndex: deviceIndex,
    NetworkInterfaceId: networkInterfaceId,
    NetworkCardIndex: networkCardIndex,
    DeleteOnTermination: deleteOnTermination,
  }));
  return [...first, ...others];
}

function network(inputs: Inputs): Partial<RunInstancesCommandInput> {
  const NetworkInterfaces = interfaces(inputs);
  if (NetworkInterfaces.length > 0) return { NetworkInterfaces };
  const { subnetId: SubnetId, vpcSecurityGroupIds, privateIp: PrivateIpAddress, associatePublicIpAddress } = inputs;
  if (associatePublicIpAddress === undefined) return { SubnetId, SecurityGroupIds: vpcSecurityGroupIds, PrivateIpAddress };
  const only = {
    DeviceIndex: 0,
    SubnetId,
    Groups: vpcSecurityGroupIds,
    PrivateIpAddress,
    AssociatePublicIpAddress: associatePublicIpAddress,
  };
  return { NetworkInterfaces: [only] };
}

function disks(inputs: Inputs): Partial<RunInstancesCommandInput> {
  const all = [...(inputs.rootBlockDevice === undefined ? [] : [inputs.rootBlockDevice]), ...(inputs.ebsBlockDevices ?? [])];
  return all.length === 0 ? {} : { BlockDeviceMappings: all.map(toBlockDevice) };
}

const profileReference = (profile: string) => (profile.startsWith("arn:") ? { Arn: profile } : { Name: profile });

function launchParameters(inputs: Inputs): Omit<RunInstancesCommandInput, "MinCount" | "MaxCount"> {
  const { tenancy, placementGroup, availabilityZone, maintenanceOptions, metadataOptions, instanceMarketOptions } = inputs;
  const hasPlacement = tenancy !== undefined || placementGroup !== undefined || availabilityZone !== undefined;
  return {
    ImageId: inputs.ami,
    InstanceType: inputs.instanceType as _InstanceType | undefined,
    KeyName: inputs.keyName,
    UserData: userDataBase64(inputs),
    EbsOptimized: inputs.ebsOptimized,
    DisableApiTermination: inputs.disableApiTermination,
    InstanceInitiatedShutdownBehavior: inputs.instanceInitiatedShutdownBehavior as "stop" | "terminate" | undefined,
    ...(inputs.iamInstanceProfile === undefined ? {} : { IamInstanceProfile: profileReference(inputs.iamInstanceProfile) }),
    ...(inputs.monitoring === undefined ? {} : { Monitoring: { Enabled: inputs.monitoring } }),
    ...(hasPlacement
      ? { Placement: { Tenancy: tenancy as Tenancy | undefined, GroupName: placementGroup, AvailabilityZone: availabilityZone } }
      : {}),
    ...(maintenanceOptions === undefined ? {} : { MaintenanceOptions: pascalKeys(maintenanceOptions) as object }),
    ...(metadataOptions === undefined ? {} : { MetadataOptions: pascalKeys(metadataOptions) as object }),
    ...(instanceMarketOptions === undefined ? {} : { InstanceMarketOptions: pascalKeys(instanceMarketOptions) as object }),
    ...(inputs.creditSpecification?.cpuCredits === undefined
      ? {}
      : { CreditSpecification: { CpuCredits: inputs.creditSpecification.cpuCredits } }),
    ...network(inputs),
    ...disks(inputs),
  };
}

/** The association says which profile an instance has now; its own description may still show the one that it began with. */
async function profileAssociation(aws: AwsSession, id: string): Promise<IamInstanceProfileAssociation | undefined> {
  const Filters = [{ Name: "instance-id", Values: [id] }];
  const { IamInstanceProfileAssociations } = await aws.ec2.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters }));
  return IamInstanceProfileAssociations?.find((association) => association.State === "associated");
}

async function setProfile(aws: AwsSession, id: string, profile: string | undefined): Promise<void> {
  const AssociationId = (await profileAssociation(aws, id))?.AssociationId;
  const IamInstanceProfile = profile === undefined ? undefined : profileReference(profile);
  if (AssociationId === undefined) {
    if (IamInstanceProfile !== undefined)
      await aws.ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile }));
    return;
  }
  if (IamInstanceProfile === undefined) await aws.ec2.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
  else await aws.ec2.send(new ReplaceIamInstanceProfileAssociationCommand({ AssociationId, IamInstanceProfile }));
}

async function terminate({ id, aws, signal }: Pick<ExistingResource<Inputs, InstanceState>, "id" | "aws" | "signal">): Promise<void> {
  await ignoreGone(aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
  await waitUntil(`instance ${id} being terminated`, { signal, timeoutSeconds: 900 }, async () => {
    const state = (await describe(aws, id))?.State?.Name;
    return state === undefined || state === "terminated";
  });
}

async function changeWhileStopped(request: UpdateRequest<Inputs, InstanceState>): Promise<void> {
  const { id, aws, inputs, previousInputs, signal } = request;
  const userData = userDataBase64(inputs);
  const attributes: Omit<ModifyInstanceAttributeCommandInput, "InstanceId">[] = [];
  if (inputs.instanceType !== previousInputs.instanceType) attributes.push({ InstanceType: { Value: inputs.instanceType } });
  if (userData !== userDataBase64(previousInputs)) attributes.push({ UserData: { Value: Buffer.from(userData ?? "", "base64") } });
  if (attributes.length === 0) return;
  const isIn = (wanted: string) => async () => (await describe(aws, id))?.State?.Name === wanted;
  await aws.ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
  await waitUntil(`instance ${id} stopping`, { signal, timeoutSeconds: 600 }, isIn("stopped"));
  for (const attribute of attributes) await aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute }));
  await aws.ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
  await waitUntil(`instance ${id} starting`, { signal, timeoutSeconds: 600 }, isIn("running"));
}

async function changeWhileRunning({ id, aws, inputs, previousInputs }: UpdateRequest<Inputs, InstanceState>): Promise<void> {
  const change = (attribute: Omit<ModifyInstanceAttributeCommandInput, "InstanceId">) =>
    aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute }));
  if (JSON.stringify(inputs.vpcSecurityGroupIds) !== JSON.stringify(previousInputs.vpcSecurityGroupIds))
    await change({ Groups: inputs.vpcSecurityGroupIds });
  if (inputs.disableApiTermination !== previousInputs.disableApiTermination)
    await change({ DisableApiTermination: { Value: inputs.disableApiTermination ?? false } });
  if (inputs.iamInstanceProfile !== previousInputs.iamInstanceProfile) await setProfile(aws, id, inputs.iamInstanceProfile);
  if (inputs.sourceDestCheck !== previousInputs.sourceDestCheck)
    await change({ SourceDestCheck: { Value: inputs.sourceDestCheck ?? true } });
  if (inputs.metadataOptions !== undefined && JSON.stringify(inputs.metadataOptions) !== JSON.stringify(previousInputs.metadataOptions))
    await aws.ec2.send(new ModifyInstanceMetadataOptionsCommand({ InstanceId: id, ...(pascalKeys(inputs.metadataOptions) as object) }));
}

export const instance = defineResourceType<InstanceArgs, InstanceState>({
  required: [],
  replaceOn: [
    "ami",
    "availabilityZone",
    "subnetId",
    "privateIp",
    "associatePublicIpAddress",
    "keyName",
    "networkInterfaces",
    "primaryNetworkInterface",
    "placementGroup",
    "tenancy",
    "ebsBlockDevices",
    "ebsOptimized",
    "rootBlockDevice",
    "instanceMarketOptions",
    "creditSpecification",
    "monitoring",
    "maintenanceOptions",
    "instanceInitiatedShutdownBehavior",
  ],
  updateOn: [
    "iamInstanceProfile",
    "instanceType",
    "userData",
    "userDataBase64",
    "userDataReplaceOnChange",
    "vpcSecurityGroupIds",
    "disableApiTermination",
    "sourceDestCheck",
    "metadataOptions",
    "volumeTags",
  ],
  replacesOnUpdate: (previous, inputs) =>
    inputs.userDataReplaceOnChange === true && userDataBase64(previous) !== userDataBase64(inputs) ? ["userData", "userDataBase64"] : [],
  changesOnUpdate: ["instanceState", "publicIp", "publicDns"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws, token } = request;
    const volumeTags = { ResourceType: "volume" as const, Tags: toTagList(inputs.volumeTags) };
    const TagSpecifications = [...tagSpecifications("instance", request), ...(inputs.volumeTags === undefined ? [] : [volumeTags])];
    const { Instances } = await aws.ec2.send(
      new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ClientToken: token, TagSpecifications, ...launchParameters(inputs) }),
    );
    return madeId(Instances?.[0]?.InstanceId);
  },
  complete: async ({ id, inputs, aws, signal }) => {
    await waitUntil(`instance ${id} starting`, { signal, timeoutSeconds: 600 }, async () => {
      const found = await describe(aws, id);
      if (found?.State?.Name === "terminated")
        throw new Error(`instance ${id} ended while starting: ${found.StateReason?.Message ?? "no reason given"}`);
      return found?.State?.Name === "running";
    });
    if (inputs.sourceDestCheck === false)
      await aws.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, SourceDestCheck: { Value: false } }));
  },
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = await describe(aws, id);
    if (found === undefined || found.State?.Name === "terminated" || found.State?.Name === "shutting-down") return undefined;
    return {
      arn: await aws.arn("ec2", `instance/${id}`),
      ami: found.ImageId,
      availabilityZone: found.Placement?.AvailabilityZone,
      // Told by its ARN; programs name it.
      iamInstanceProfile: (await profileAssociation(aws, id))?.IamInstanceProfile?.Arn?.split("/").at(-1),
      instanceState: found.State?.Name,
      instanceType: found.InstanceType,
      keyName: found.KeyName,
      primaryNetworkInterfaceId: found.NetworkInterfaces?.[0]?.NetworkInterfaceId,
      privateDns: found.PrivateDnsName,
      privateIp: found.PrivateIpAddress,
      publicDns: found.PublicDnsName ?? "",
      publicIp: found.PublicIpAddress ?? "",
      subnetId: found.SubnetId,
      vpcSecurityGroupIds: (found.SecurityGroups ?? []).map((group) => group.GroupId ?? "").sort(),
      tags: fromTagList(found.Tags),
    };
  },
  update: async (request) => {
    await updateEc2Tags(request);
    await changeWhileRunning(request);
    await changeWhileStopped(request);
  },
  delete: async (resource) => {
    if (resource.inputs.disableApiTermination === true)
      throw new Error(`instance ${resource.id} has disableApiTermination; set it to false and run up before it is removed.`);
    await terminate(resource);
  },
});
