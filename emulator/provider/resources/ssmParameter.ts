import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  type ParameterTier,
  type ParameterType,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-ssm";
import type { ParameterArgs, ParameterState } from "@pulumi/aws/ssm/parameter";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

type Inputs = InputsOf<ParameterArgs>;

async function get(aws: AwsSession, Name: string) {
  return (await orGone(aws.ssm.send(new GetParameterCommand({ Name, WithDecryption: true }))))?.Parameter;
}

const definition = (inputs: Inputs) => ({
  Type: inputs.type as ParameterType,
  Value: inputs.value ?? inputs.insecureValue ?? "",
  Description: inputs.description,
  KeyId: inputs.keyId,
  Tier: inputs.tier as ParameterTier | undefined,
  DataType: inputs.dataType,
  AllowedPattern: inputs.allowedPattern,
});

export const ssmParameter = defineResourceType<ParameterArgs, ParameterState>({
  nameProperty: "name",
  required: ["type"],
  replaceOn: ["name", "dataType"],
  updateOn: ["type", "value", "insecureValue", "description", "keyId", "tier", "allowedPattern", "overwrite"],
  changesOnUpdate: ["version"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await aws.ssm.send(
      new PutParameterCommand({ Name: name, ...definition(inputs), Overwrite: inputs.overwrite ?? false, Tags: toTagList(inputs.tags) }),
    );
    return name;
  },
  find: async ({ name, aws }) => (await get(aws, name))?.Name,
  read: async ({ id, inputs, aws }) => {
    const found = await get(aws, id);
    if (found === undefined) return undefined;
    const tags = await orGone(aws.ssm.send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: id })));
    const valueKey = inputs.insecureValue === undefined ? "value" : "insecureValue";
    return {
      arn: found.ARN,
      name: id,
      type: found.Type,
      [valueKey]: found.Value,
      version: found.Version,
      tags: fromTagList(tags?.TagList),
    };
  },
  update: async ({ id, aws, inputs, previousInputs }) => {
    const wanted = definition(inputs);
    if (JSON.stringify(wanted) !== JSON.stringify(definition(previousInputs)))
      await aws.ssm.send(new PutParameterCommand({ Name: id, ...wanted, Overwrite: true }));
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    const resource = { ResourceType: "Parameter" as const, ResourceId: id };
    if (removed.length > 0) await aws.ssm.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: toTagList(set) }));
  },
  delete: ({ id, aws }) => ignoreGone(aws.ssm.send(new DeleteParameterCommand({ Name: id }))),
});
