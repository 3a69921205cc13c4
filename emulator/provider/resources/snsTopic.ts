import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import type { TopicArgs, TopicState } from "@pulumi/aws/sns/topic";
import { ignoreGone, orGone } from "../awsError";
import { madeId } from "../madeId";
import { policyText } from "../policyText";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

/** Topic attributes by the provider's names; AWS takes every one as text. */
function attributes(inputs: InputsOf<TopicArgs>): Record<string, string> {
  const all = {
    DisplayName: inputs.displayName,
    KmsMasterKeyId: inputs.kmsMasterKeyId,
    Policy: inputs.policy === undefined ? undefined : policyText(inputs.policy),
  };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

export const snsTopic = defineResourceType<TopicArgs, TopicState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix"],
  updateOn: ["displayName", "kmsMasterKeyId", "policy"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    const { TopicArn } = await aws.sns.send(
      new CreateTopicCommand({ Name: name, Attributes: attributes(inputs), Tags: toTagList(inputs.tags) }),
    );
    return madeId(TopicArn);
  },
  find: async ({ name, aws }) => {
    const TopicArn = await aws.arn("sns", name);
    return (await orGone(aws.sns.send(new GetTopicAttributesCommand({ TopicArn })))) && TopicArn;
  },
  read: async ({ id, aws }) => {
    const found = await orGone(aws.sns.send(new GetTopicAttributesCommand({ TopicArn: id })));
    if (found === undefined) return undefined;
    const tags = await orGone(aws.sns.send(new ListTagsForResourceCommand({ ResourceArn: id })));
    return {
      arn: id,
      name: id.slice(id.lastIndexOf(":") + 1),
      owner: found.Attributes?.["Owner"],
      displayName: found.Attributes?.["DisplayName"],
      tags: fromTagList(tags?.Tags),
    };
  },
  update: async ({ id, aws, inputs, previousInputs }) => {
    const next = attributes(inputs);
    const removed = Object.keys(attributes(previousInputs)).filter((name) => !(name in next));
    for (const [AttributeName, AttributeValue] of [...Object.entries(next), ...removed.map((name): [string, string] => [name, ""])])
      await aws.sns.send(new SetTopicAttributesCommand({ TopicArn: id, AttributeName, AttributeValue }));
    const tags = tagChanges(previousInputs.tags, inputs.tags);
    if (tags.removed.length > 0) await aws.sns.send(new UntagResourceCommand({ ResourceArn: id, TagKeys: tags.removed }));
    if (Object.keys(tags.set).length > 0) await aws.sns.send(new TagResourceCommand({ ResourceArn: id, Tags: toTagList(tags.set) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.sns.send(new DeleteTopicCommand({ TopicArn: id }))),
});
