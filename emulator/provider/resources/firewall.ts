import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  type TagSpecification,
  UpdateSecurityGroupRuleDescriptionsEgressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from "@aws-sdk/client-ec2";
import type { DefaultSecurityGroupArgs, DefaultSecurityGroupState } from "@pulumi/aws/ec2/defaultSecurityGroup";
import type { SecurityGroupArgs, SecurityGroupState } from "@pulumi/aws/ec2/securityGroup";
import type { SecurityGroupEgressRuleArgs, SecurityGroupEgressRuleState } from "@pulumi/aws/vpc/securityGroupEgressRule";
import type { SecurityGroupIngressRuleArgs, SecurityGroupIngressRuleState } from "@pulumi/aws/vpc/securityGroupIngressRule";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType, type InputsOf, type ResourceType } from "../resourceType";
import { findByToken, fromTagList, tagSpecifications, updateEc2Tags } from "../tags";

async function describeGroup(aws: AwsSession, id: string) {
  return (await orGone(aws.ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))))?.SecurityGroups?.[0];
}

/** Takes away every rule that AWS put there: groups start closed, rules are resources of their own. */
async function removeAllRules(aws: AwsSession, GroupId: string): Promise<void> {
  const group = await describeGroup(aws, GroupId);
  const ingress = group?.IpPermissions ?? [];
  const egress = group?.IpPermissionsEgress ?? [];
  if (ingress.length > 0) await aws.ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: ingress }));
  if (egress.length > 0) await aws.ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: egress }));
}

export const securityGroup = defineResourceType<SecurityGroupArgs, SecurityGroupState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix", "description", "vpcId"],
  updateOn: ["revokeRulesOnDelete"],
  taggable: true,
  create: async (request) => {
    const { inputs, aws, name } = request;
    const { GroupId } = await aws.ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: inputs.description ?? "Managed by Pulumi",
        VpcId: inputs.vpcId,
        TagSpecifications: tagSpecifications("security-group", request),
      }),
    );
    return madeId(GroupId);
  },
  complete: ({ id, aws }) => removeAllRules(aws, id),
  find: findByToken,
  read: async ({ id, aws }) => {
    const found = await describeGroup(aws, id);
    if (found === undefined) return undefined;
    return {
      arn: await aws.arn("ec2", `security-group/${id}`),
      name: found.GroupName,
      description: found.Description,
      vpcId: found.VpcId,
      ownerId: found.OwnerId,
      tags: fromTagList(found.Tags),
    };
  },
  update: updateEc2Tags,
  delete: ({ id, aws }) => ignoreGone(aws.ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }))),
});

async function defaultGroupOf(aws: AwsSession, vpcId: string): Promise<string | undefined> {
  const Filters = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "group-name", Values: ["default"] },
  ];
  return (await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))).SecurityGroups?.[0]?.GroupId;
}

/** Adopts the group that AWS makes with a VPC and closes it. It cannot be deleted: removal only forgets it, as with the real provider. */
export const defaultSecurityGroup = defineResourceType<DefaultSecurityGroupArgs, DefaultSecurityGroupState>({
  required: [],
  replaceOn: ["vpcId"],
  updateOn: ["revokeRulesOnDelete"],
  taggable: true,
  create: async ({ inputs, aws }) => {
    const id = await defaultGroupOf(aws, inputs.vpcId ?? "");
    if (id === undefined) throw new Error(`vpcId: has no default security group; got "${inputs.vpcId ?? ""}"; expected the id of a VPC.`);
    return id;
  },
  complete: async ({ id, inputs, aws }) => {
    await removeAllRules(aws, id);
    await updateEc2Tags({ id, aws, previousInputs: {}, inputs });
  },
  find: ({ inputs, aws }) => defaultGroupOf(aws, inputs.vpcId ?? ""),
  read: async ({ id, aws }) => {
    const found = await describeGroup(aws, id);
    if (found === undefined) return undefined;
    const arn = await aws.arn("ec2", `security-group/${id}`);
    const { GroupName: name, Description: description, VpcId: vpcId, OwnerId: ownerId } = found;
    return { arn, name, description, vpcId, ownerId, tags: fromTagList(found.Tags) };
  },
  update: async (request) => {
    await removeAllRules(request.aws, request.id);
    await updateEc2Tags(request);
  },
  delete: async () => {},
});

type RuleInputs = InputsOf<SecurityGroupIngressRuleArgs>;

/** All ports is said by leaving them out, or by -1, which AWS wants to be both. */
const ports = (inputs: RuleInputs) => (inputs.ipProtocol === "-1" ? {} : { FromPort: inputs.fromPort, ToPort: inputs.toPort });

function permission(inputs: RuleInputs): IpPermission {
  const Description = inputs.description;
  const { cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId } = inputs;
  return {
    IpProtocol: inputs.ipProtocol,
    ...ports(inputs),
    ...(cidrIpv4 === undefined ? {} : { IpRanges: [{ CidrIp: cidrIpv4, Description }] }),
    ...(cidrIpv6 === undefined ? {} : { Ipv6Ranges: [{ CidrIpv6: cidrIpv6, Description }] }),
    ...(prefixListId === undefined ? {} : { PrefixListIds: [{ PrefixListId: prefixListId, Description }] }),
    ...(referencedSecurityGroupId === undefined ? {} : { UserIdGroupPairs: [{ GroupId: referencedSecurityGroupId, Description }] }),
  };
}

interface RuleParameters {
  readonly GroupId: string;
  readonly IpPermissions: IpPermission[];
  readonly TagSpecifications: TagSpecification[];
}

/** What differs between rules inwards and outwards: which call makes, removes and describes them. */
interface Direction {
  authorize(aws: AwsSession, parameters: RuleParameters): Promise<string | undefined>;
  revoke(aws: AwsSession, parameters: { GroupId: string | undefined; SecurityGroupRuleIds: string[] }): Promise<unknown>;
  describe(aws: AwsSession, parameters: { GroupId: string; IpPermissions: IpPermission[] }): Promise<unknown>;
}

const INGRESS: Direction = {
  authorize: async (aws, parameters) =>
    (await aws.ec2.send(new AuthorizeSecurityGroupIngressCommand(parameters))).SecurityGroupRules?.[0]?.SecurityGroupRuleId,
  revoke: (aws, parameters) => aws.ec2.send(new RevokeSecurityGroupIngressCommand(parameters)),
  describe: (aws, parameters) => aws.ec2.send(new UpdateSecurityGroupRuleDescriptionsIngressCommand(parameters)),
};

const EGRESS: Direction = {
  authorize: async (aws, parameters) =>
    (await aws.ec2.send(new AuthorizeSecurityGroupEgressCommand(parameters))).SecurityGroupRules?.[0]?.SecurityGroupRuleId,
  revoke: (aws, parameters) => aws.ec2.send(new RevokeSecurityGroupEgressCommand(parameters)),
  describe: (aws, parameters) => aws.ec2.send(new UpdateSecurityGroupRuleDescriptionsEgressCommand(parameters)),
};

async function describeRule(aws: AwsSession, id: string) {
  return (await orGone(aws.ec2.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [id] }))))?.SecurityGroupRules?.[0];
}

function ruleType(direction: Direction): ResourceType {
  return defineResourceType<
    SecurityGroupIngressRuleArgs & SecurityGroupEgressRuleArgs,
    SecurityGroupIngressRuleState & SecurityGroupEgressRuleState
  >({
    required: ["ipProtocol", "securityGroupId"],
    replaceOn: ["securityGroupId", "cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId", "ipProtocol", "fromPort", "toPort"],
    updateOn: ["description"],
    taggable: true,
    create: async (request) => {
      const { inputs, aws } = request;
      const TagSpecifications = tagSpecifications("security-group-rule", request);
      const parameters = { GroupId: inputs.securityGroupId, IpPermissions: [permission(inputs)], TagSpecifications };
      return madeId(await direction.authorize(aws, parameters));
    },
    find: findByToken,
    read: async ({ id, inputs, aws }) => {
      const found = await describeRule(aws, id);
      if (found === undefined) return undefined;
      return {
        arn: await aws.arn("ec2", `security-group-rule/${id}`),
        securityGroupRuleId: id,
        securityGroupId: found.GroupId,
        ipProtocol: found.IpProtocol,
        ...(inputs.ipProtocol === "-1" ? {} : { fromPort: found.FromPort, toPort: found.ToPort }),
        cidrIpv4: found.CidrIpv4,
        cidrIpv6: found.CidrIpv6,
        prefixListId: found.PrefixListId,
        referencedSecurityGroupId: found.ReferencedGroupInfo?.GroupId,
        description: found.Description,
        tags: fromTagList(found.Tags),
      };
    },
    update: async (request) => {
      const { aws, inputs, previousInputs } = request;
      await updateEc2Tags(request);
      if (inputs.description === previousInputs.description) return;
      await direction.describe(aws, { GroupId: inputs.securityGroupId, IpPermissions: [permission(inputs)] });
    },
    delete: ({ id, inputs, aws }) => ignoreGone(direction.revoke(aws, { GroupId: inputs.securityGroupId, SecurityGroupRuleIds: [id] })),
  });
}

export const securityGroupIngressRule = ruleType(INGRESS);
export const securityGroupEgressRule = ruleType(EGRESS);
