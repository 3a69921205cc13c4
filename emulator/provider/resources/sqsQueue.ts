import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import type { QueueArgs, QueueState } from "@pulumi/aws/sqs/queue";
import type { QueuePolicyArgs, QueuePolicyState } from "@pulumi/aws/sqs/queuePolicy";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { policyText } from "../policyText";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, tagChanges } from "../tags";

/** Queue attributes by the provider's names; AWS takes every one as text. */
const attributeNames = {
  messageRetentionSeconds: "MessageRetentionPeriod",
  visibilityTimeoutSeconds: "VisibilityTimeout",
  receiveWaitTimeSeconds: "ReceiveMessageWaitTimeSeconds",
  delaySeconds: "DelaySeconds",
  sqsManagedSseEnabled: "SqsManagedSseEnabled",
} as const satisfies Partial<Record<keyof QueueArgs, QueueAttributeName>>;

type AttributeKey = keyof typeof attributeNames;
const attributeKeys = Object.keys(attributeNames) as AttributeKey[];

function attributes(inputs: Partial<InputsOf<QueueArgs>>): Partial<Record<QueueAttributeName, string>> {
  return Object.fromEntries(
    attributeKeys.flatMap((key) => (inputs[key] === undefined ? [] : [[attributeNames[key], String(inputs[key])]])),
  );
}

async function readAttributes(aws: AwsSession, QueueUrl: string): Promise<Partial<Record<string, string>> | undefined> {
  return (await orGone(aws.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }))))?.Attributes;
}

/** Text as AWS says it, in the type that the provider has for it. */
function typed(key: AttributeKey, text: string | undefined): number | boolean | undefined {
  return text === undefined ? undefined : key === "sqsManagedSseEnabled" ? text.toLowerCase() === "true" : Number(text);
}

export const sqsQueue = defineResourceType<QueueArgs, QueueState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix"],
  updateOn: attributeKeys,
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    const request = new CreateQueueCommand({ QueueName: name, Attributes: attributes(inputs), tags: { ...inputs.tags } });
    return madeId((await aws.sqs.send(request)).QueueUrl);
  },
  find: async ({ name, aws }) => (await orGone(aws.sqs.send(new GetQueueUrlCommand({ QueueName: name }))))?.QueueUrl,
  read: async ({ id, inputs, aws }) => {
    const found = await readAttributes(aws, id);
    if (found === undefined) return undefined;
    const { Tags = {} } = await aws.sqs.send(new ListQueueTagsCommand({ QueueUrl: id }));
    // What the program leaves to AWS is not drift.
    const set = attributeKeys.filter((key) => inputs[key] !== undefined);
    return {
      arn: found["QueueArn"],
      url: id,
      name: id.slice(id.lastIndexOf("/") + 1),
      ...Object.fromEntries(set.map((key) => [key, typed(key, found[attributeNames[key]])])),
      tags: fromTagList(Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }))),
    };
  },
  update: async ({ id, aws, inputs, previousInputs }) => {
    const Attributes = attributes(inputs);
    if (Object.keys(Attributes).length > 0) await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl: id, Attributes }));
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    if (removed.length > 0) await aws.sqs.send(new UntagQueueCommand({ QueueUrl: id, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.sqs.send(new TagQueueCommand({ QueueUrl: id, Tags: { ...set } }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.sqs.send(new DeleteQueueCommand({ QueueUrl: id }))),
});

async function putPolicy(aws: AwsSession, QueueUrl: string, policy: string): Promise<void> {
  await aws.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: policy } }));
}

/** An attribute of the queue; its id is the queue's. */
export const sqsQueuePolicy = defineResourceType<QueuePolicyArgs, QueuePolicyState>({
  required: ["queueUrl", "policy"],
  replaceOn: ["queueUrl"],
  updateOn: ["policy"],
  create: async ({ inputs, aws }) => {
    await putPolicy(aws, inputs.queueUrl, policyText(inputs.policy));
    return inputs.queueUrl;
  },
  find: async ({ inputs, aws }) => ((await readAttributes(aws, inputs.queueUrl))?.["Policy"] ? inputs.queueUrl : undefined),
  read: async ({ id, aws }) => {
    const policy = (await readAttributes(aws, id))?.["Policy"];
    return policy === undefined || policy === "" ? undefined : { queueUrl: id, policy };
  },
  update: ({ id, aws, inputs }) => putPolicy(aws, id, policyText(inputs.policy)),
  delete: ({ id, aws }) => ignoreGone(putPolicy(aws, id, "")),
});
