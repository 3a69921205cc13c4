import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  TagRoleCommand,
  UntagInstanceProfileCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import type { InstanceProfileArgs, InstanceProfileState } from "@pulumi/aws/iam/instanceProfile";
import type { RoleArgs, RoleState } from "@pulumi/aws/iam/role";
import type { RolePolicyArgs, RolePolicyState } from "@pulumi/aws/iam/rolePolicy";
import type { RolePolicyAttachmentArgs, RolePolicyAttachmentState } from "@pulumi/aws/iam/rolePolicyAttachment";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { decodePolicy, policyText } from "../policyText";
import { defineResourceType } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

async function getRole(aws: AwsSession, RoleName: string) {
  return (await orGone(aws.iam.send(new GetRoleCommand({ RoleName }))))?.Role;
}

async function detachAllPolicies(aws: AwsSession, RoleName: string): Promise<void> {
  const attached = await orGone(aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName })));
  for (const { PolicyArn } of attached?.AttachedPolicies ?? [])
    await ignoreGone(aws.iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
}

export const role = defineResourceType<RoleArgs, RoleState>({
  nameProperty: "name",
  required: ["assumeRolePolicy"],
  replaceOn: ["name", "namePrefix", "path"],
  updateOn: ["assumeRolePolicy", "description", "maxSessionDuration", "forceDetachPolicies"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await aws.iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: policyText(inputs.assumeRolePolicy),
        Description: inputs.description,
        MaxSessionDuration: inputs.maxSessionDuration,
        Path: inputs.path,
        Tags: toTagList(inputs.tags),
      }),
    );
    return name;
  },
  find: async ({ name, aws }) => (await getRole(aws, name))?.RoleName,
  read: async ({ id, aws }) => {
    const found = await getRole(aws, id);
    return (
      found && {
        arn: found.Arn,
        name: found.RoleName,
        uniqueId: found.RoleId,
        path: found.Path,
        createDate: found.CreateDate?.toISOString(),
        assumeRolePolicy: decodePolicy(found.AssumeRolePolicyDocument),
        description: found.Description,
        maxSessionDuration: found.MaxSessionDuration,
        tags: fromTagList(found.Tags),
      }
    );
  },
  update: async ({ id: RoleName, aws, inputs, previousInputs }) => {
    const PolicyDocument = policyText(inputs.assumeRolePolicy);
    if (PolicyDocument !== policyText(previousInputs.assumeRolePolicy))
      await aws.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    if (inputs.description !== previousInputs.description || inputs.maxSessionDuration !== previousInputs.maxSessionDuration) {
      const { description = "", maxSessionDuration = 3600 } = inputs;
      await aws.iam.send(new UpdateRoleCommand({ RoleName, Description: description, MaxSessionDuration: maxSessionDuration }));
    }
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    if (removed.length > 0) await aws.iam.send(new UntagRoleCommand({ RoleName, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.iam.send(new TagRoleCommand({ RoleName, Tags: toTagList(set) }));
  },
  delete: async ({ id, inputs, aws }) => {
    if (inputs.forceDetachPolicies === true) await detachAllPolicies(aws, id);
    await ignoreGone(aws.iam.send(new DeleteRoleCommand({ RoleName: id })));
  },
});

/** `role:policy`, the provider's id of an inline policy. */
const inlineId = (role: string, name: string) => `${role}:${name}`;

function parseInlineId(id: string): { RoleName: string; PolicyName: string } {
  const colon = id.indexOf(":");
  return { RoleName: id.slice(0, colon), PolicyName: id.slice(colon + 1) };
}

export const rolePolicy = defineResourceType<RolePolicyArgs, RolePolicyState>({
  nameProperty: "name",
  required: ["policy", "role"],
  replaceOn: ["name", "namePrefix", "role"],
  updateOn: ["policy"],
  create: async ({ inputs, aws, name }) => {
    await aws.iam.send(new PutRolePolicyCommand({ RoleName: inputs.role, PolicyName: name, PolicyDocument: policyText(inputs.policy) }));
    return inlineId(inputs.role, name);
  },
  find: async ({ inputs, aws, name }) => {
    const found = await orGone(aws.iam.send(new GetRolePolicyCommand({ RoleName: inputs.role, PolicyName: name })));
    return found && inlineId(inputs.role, name);
  },
  read: async ({ id, aws }) => {
    const found = await orGone(aws.iam.send(new GetRolePolicyCommand(parseInlineId(id))));
    return found && { name: found.PolicyName, role: found.RoleName, policy: decodePolicy(found.PolicyDocument) };
  },
  update: async ({ id, inputs, aws }) => {
    await aws.iam.send(new PutRolePolicyCommand({ ...parseInlineId(id), PolicyDocument: policyText(inputs.policy) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.iam.send(new DeleteRolePolicyCommand(parseInlineId(id)))),
});

async function isAttached(aws: AwsSession, RoleName: string, policyArn: string): Promise<boolean> {
  const attached = await orGone(aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName })));
  return (attached?.AttachedPolicies ?? []).some((policy) => policy.PolicyArn === policyArn);
}

const attachmentId = (inputs: { role: string; policyArn: string }) => `${inputs.role}/${inputs.policyArn}`;

function parseAttachmentId(id: string): { RoleName: string; PolicyArn: string } {
  const slash = id.indexOf("/");
  return { RoleName: id.slice(0, slash), PolicyArn: id.slice(slash + 1) };
}

export const rolePolicyAttachment = defineResourceType<RolePolicyAttachmentArgs, RolePolicyAttachmentState>({
  required: ["policyArn", "role"],
  replaceOn: ["policyArn", "role"],
  updateOn: [],
  create: async ({ inputs, aws }) => {
    await aws.iam.send(new AttachRolePolicyCommand({ RoleName: inputs.role, PolicyArn: inputs.policyArn }));
    return attachmentId(inputs);
  },
  find: async ({ inputs, aws }) => ((await isAttached(aws, inputs.role, inputs.policyArn)) ? attachmentId(inputs) : undefined),
  read: async ({ id, aws }) => {
    const { RoleName, PolicyArn } = parseAttachmentId(id);
    return (await isAttached(aws, RoleName, PolicyArn)) ? { role: RoleName, policyArn: PolicyArn } : undefined;
  },
  delete: ({ id, aws }) => ignoreGone(aws.iam.send(new DetachRolePolicyCommand(parseAttachmentId(id)))),
});

async function getProfile(aws: AwsSession, InstanceProfileName: string) {
  return (await orGone(aws.iam.send(new GetInstanceProfileCommand({ InstanceProfileName }))))?.InstanceProfile;
}

/** A profile holds at most one role, so another one has to leave first. */
async function setProfileRole(aws: AwsSession, InstanceProfileName: string, wanted: string | undefined): Promise<void> {
  const current = (await getProfile(aws, InstanceProfileName))?.Roles?.[0]?.RoleName;
  if (current === wanted) return;
  if (current !== undefined)
    await ignoreGone(aws.iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: current })));
  if (wanted !== undefined) await aws.iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: wanted }));
}

export const instanceProfile = defineResourceType<InstanceProfileArgs, InstanceProfileState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix", "path"],
  updateOn: ["role"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    const parameters = { InstanceProfileName: name, Path: inputs.path, Tags: toTagList(inputs.tags) };
    await aws.iam.send(new CreateInstanceProfileCommand(parameters));
    return name;
  },
  complete: ({ id, inputs, aws }) => setProfileRole(aws, id, inputs.role),
  find: async ({ name, aws }) => (await getProfile(aws, name))?.InstanceProfileName,
  read: async ({ id, aws }) => {
    const found = await getProfile(aws, id);
    return (
      found && {
        arn: found.Arn,
        name: found.InstanceProfileName,
        path: found.Path,
        uniqueId: found.InstanceProfileId,
        createDate: found.CreateDate?.toISOString(),
        role: found.Roles?.[0]?.RoleName,
        tags: fromTagList(found.Tags),
      }
    );
  },
  update: async ({ id: InstanceProfileName, aws, inputs, previousInputs }) => {
    await setProfileRole(aws, InstanceProfileName, inputs.role);
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    if (removed.length > 0) await aws.iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: toTagList(set) }));
  },
  delete: async ({ id, aws }) => {
    await setProfileRole(aws, id, undefined);
    await ignoreGone(aws.iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id })));
  },
});
