import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-eventbridge";
import type { EventRuleArgs, EventRuleState } from "@pulumi/aws/cloudwatch/eventRule";
import type { EventTargetArgs, EventTargetState } from "@pulumi/aws/cloudwatch/eventTarget";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

async function describeRule(aws: AwsSession, Name: string) {
  return await orGone(aws.eventBridge.send(new DescribeRuleCommand({ Name })));
}

const ruleParameters = (Name: string, inputs: InputsOf<EventRuleArgs>) => ({
  Name,
  Description: inputs.description,
  EventPattern: inputs.eventPattern,
});

/** Rules of the default bus, by pattern. */
export const eventRule = defineResourceType<EventRuleArgs, EventRuleState>({
  nameProperty: "name",
  required: ["eventPattern"],
  replaceOn: ["name", "namePrefix"],
  updateOn: ["description", "eventPattern"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await aws.eventBridge.send(new PutRuleCommand({ ...ruleParameters(name, inputs), Tags: toTagList(inputs.tags) }));
    return name;
  },
  find: async ({ name, aws }) => (await describeRule(aws, name))?.Name,
  read: async ({ id, aws }) => {
    const found = await describeRule(aws, id);
    if (found === undefined) return undefined;
    const { Tags } = await aws.eventBridge.send(new ListTagsForResourceCommand({ ResourceARN: found.Arn }));
    return { arn: found.Arn, name: id, description: found.Description, eventPattern: found.EventPattern, tags: fromTagList(Tags) };
  },
  update: async ({ id, aws, inputs, previousInputs, outputs }) => {
    await aws.eventBridge.send(new PutRuleCommand(ruleParameters(id, inputs)));
    // Tags of a rule that exists are not touched by putting it again.
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    const ResourceARN = String(outputs.arn);
    if (removed.length > 0) await aws.eventBridge.send(new UntagResourceCommand({ ResourceARN, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.eventBridge.send(new TagResourceCommand({ ResourceARN, Tags: toTagList(set) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.eventBridge.send(new DeleteRuleCommand({ Name: id }))),
});

/** The provider's id of a target: `<rule>-<target id>`. */
const targetKey = (inputs: { readonly rule: string; readonly targetId?: string | undefined }) => `${inputs.rule}-${inputs.targetId}`;

async function findTarget(aws: AwsSession, Rule: string, targetId: string) {
  const listed = await orGone(aws.eventBridge.send(new ListTargetsByRuleCommand({ Rule })));
  return listed?.Targets?.find(({ Id }) => Id === targetId);
}

async function putTarget(aws: AwsSession, inputs: InputsOf<EventTargetArgs>): Promise<void> {
  await aws.eventBridge.send(new PutTargetsCommand({ Rule: inputs.rule, Targets: [{ Id: madeId(inputs.targetId), Arn: inputs.arn }] }));
}

/** Where a rule sends what it matches, as it is. */
export const eventTarget = defineResourceType<EventTargetArgs, EventTargetState>({
  required: ["rule", "arn", "targetId"],
  replaceOn: ["rule", "targetId"],
  updateOn: ["arn"],
  create: async ({ inputs, aws }) => {
    await putTarget(aws, inputs);
    return targetKey(inputs);
  },
  find: async ({ inputs, aws }) => ((await findTarget(aws, inputs.rule, madeId(inputs.targetId))) ? targetKey(inputs) : undefined),
  read: async ({ outputs, inputs, aws }) => {
    const rule = String(inputs.rule ?? outputs.rule);
    const targetId = String(inputs.targetId ?? outputs.targetId);
    const found = await findTarget(aws, rule, targetId);
    return found === undefined ? undefined : { rule, targetId, arn: found.Arn };
  },
  update: ({ aws, inputs }) => putTarget(aws, inputs),
  delete: async ({ outputs, inputs, aws }) => {
    const Rule = String(inputs.rule ?? outputs.rule);
    await ignoreGone(aws.eventBridge.send(new RemoveTargetsCommand({ Rule, Ids: [String(inputs.targetId ?? outputs.targetId)] })));
  },
});
