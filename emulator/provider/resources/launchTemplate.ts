import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  ModifyLaunchTemplateCommand,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";
import type { LaunchTemplateArgs, LaunchTemplateState } from "@pulumi/aws/ec2/launchTemplate";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { pascalKeys, REQUIREMENT_NAMES } from "../pascalKeys";
import { defineResourceType, type InputsOf } from "../resourceType";
import { readEc2Tags, tagSpecifications, toTagList, updateEc2Tags } from "../tags";

type Inputs = InputsOf<LaunchTemplateArgs>;

/** Inputs that describe the template itself and not the machines made from it. */
const OF_THE_TEMPLATE = new Set([
  "name",
  "namePrefix",
  "description",
  "tags",
  "region",
  "updateDefaultVersion",
  "defaultVersion",
  "tagSpecifications",
]);

/** Keys whose EC2 name is not just the same with a capital letter. */
const EC2_NAMES = {
  ...REQUIREMENT_NAMES,
  vpcSecurityGroupIds: "SecurityGroupIds",
  securityGroupNames: "SecurityGroups",
  securityGroups: "Groups",
  ramDiskId: "RamDiskId",
};

function templateData(inputs: Inputs): RequestLaunchTemplateData {
  const ofMachines = Object.fromEntries(Object.entries(inputs).filter(([key]) => !OF_THE_TEMPLATE.has(key)));
  const TagSpecifications = (inputs.tagSpecifications ?? []).map(({ resourceType, tags }) => ({
    ResourceType: resourceType,
    Tags: toTagList(tags),
  }));
  return {
    ...pascalKeys(ofMachines, EC2_NAMES),
    ...(TagSpecifications.length === 0 ? {} : { TagSpecifications }),
  } as RequestLaunchTemplateData;
}

async function describe(aws: AwsSession, query: { id: string } | { name: string }) {
  const parameters = "id" in query ? { LaunchTemplateIds: [query.id] } : { LaunchTemplateNames: [query.name] };
  return (await orGone(aws.ec2.send(new DescribeLaunchTemplatesCommand(parameters))))?.LaunchTemplates?.[0];
}

async function describeVersion(aws: AwsSession, LaunchTemplateId: string, version: number | undefined) {
  const Versions = [String(version ?? "$Latest")];
  const { LaunchTemplateVersions } = await aws.ec2.send(new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId, Versions }));
  return LaunchTemplateVersions?.[0];
}

export const launchTemplate = defineResourceType<LaunchTemplateArgs, LaunchTemplateState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix"],
  updateOn: [
    "blockDeviceMappings",
    "cpuOptions",
    "creditSpecification",
    "defaultVersion",
    "description",
    "disableApiStop",
    "disableApiTermination",
    "ebsOptimized",
    "iamInstanceProfile",
    "imageId",
    "instanceInitiatedShutdownBehavior",
    "instanceMarketOptions",
    "instanceRequirements",
    "instanceType",
    "keyName",
    "maintenanceOptions",
    "metadataOptions",
    "monitoring",
    "networkInterfaces",
    "placement",
    "privateDnsNameOptions",
    "securityGroupNames",
    "tagSpecifications",
    "updateDefaultVersion",
    "userData",
    "vpcSecurityGroupIds",
  ],
  changesOnUpdate: ["latestVersion", "defaultVersion"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws, name, token } = request;
    const { LaunchTemplate } = await aws.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        VersionDescription: inputs.description,
        LaunchTemplateData: templateData(inputs),
        ClientToken: token,
        TagSpecifications: tagSpecifications("launch-template", request),
      }),
    );
    return madeId(LaunchTemplate?.LaunchTemplateId);
  },
  find: async ({ name, aws }) => (await describe(aws, { name }))?.LaunchTemplateId,
  read: async ({ id, aws }) => {
    const found = await describe(aws, { id });
    if (found === undefined) return undefined;
    const latest = await describeVersion(aws, id, found.LatestVersionNumber);
    return {
      arn: await aws.arn("ec2", `launch-template/${id}`),
      name: found.LaunchTemplateName,
      latestVersion: found.LatestVersionNumber,
      defaultVersion: found.DefaultVersionNumber,
      imageId: latest?.LaunchTemplateData?.ImageId,
      instanceType: latest?.LaunchTemplateData?.InstanceType,
      // The API emulator describes a template with the tags that it began with.
      tags: await readEc2Tags(aws, id),
    };
  },
  update: async (request) => {
    const { id, aws, inputs, previousInputs } = request;
    await updateEc2Tags(request);
    const data = templateData(inputs);
    const isSame = JSON.stringify(data) === JSON.stringify(templateData(previousInputs));
    let version: number | undefined;
    if (!isSame) {
      const command = new CreateLaunchTemplateVersionCommand({
        LaunchTemplateId: id,
        VersionDescription: inputs.description,
        LaunchTemplateData: data,
      });
      version = (await aws.ec2.send(command)).LaunchTemplateVersion?.VersionNumber;
    }
    const defaultVersion =
      inputs.updateDefaultVersion === true ? (version ?? (await describe(aws, { id }))?.LatestVersionNumber) : inputs.defaultVersion;
    if (defaultVersion === undefined) return;
    await aws.ec2.send(new ModifyLaunchTemplateCommand({ LaunchTemplateId: id, DefaultVersion: String(defaultVersion) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }))),
});
