import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import type { SecretArgs, SecretState } from "@pulumi/aws/secretsmanager/secret";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

/** AWS keeps a deleted secret so long, unless told otherwise. */
const DEFAULT_RECOVERY_WINDOW_DAYS = 30;

async function describe(aws: AwsSession, SecretId: string) {
  return orGone(aws.secretsManager.send(new DescribeSecretCommand({ SecretId })));
}

export const secret = defineResourceType<SecretArgs, SecretState>({
  nameProperty: "name",
  required: [],
  replaceOn: ["name", "namePrefix"],
  updateOn: ["description", "kmsKeyId", "recoveryWindowInDays"],
  taggable: true,
  create: async ({ inputs, aws, name, token }) => {
    const { ARN } = await aws.secretsManager.send(
      new CreateSecretCommand({
        Name: name,
        Description: inputs.description,
        KmsKeyId: inputs.kmsKeyId,
        ClientRequestToken: token,
        Tags: toTagList(inputs.tags),
      }),
    );
    return madeId(ARN);
  },
  find: async ({ name, aws }) => {
    const found = await describe(aws, name);
    if (found?.DeletedDate !== undefined) await aws.secretsManager.send(new RestoreSecretCommand({ SecretId: name }));
    return found?.ARN;
  },
  read: async ({ id, aws }) => {
    const found = await describe(aws, id);
    if (found === undefined || found.DeletedDate !== undefined) return undefined;
    return { arn: found.ARN, name: found.Name, description: found.Description, kmsKeyId: found.KmsKeyId, tags: fromTagList(found.Tags) };
  },
  update: async ({ id: SecretId, aws, inputs, previousInputs }) => {
    if (inputs.description !== previousInputs.description || inputs.kmsKeyId !== previousInputs.kmsKeyId)
      await aws.secretsManager.send(
        new UpdateSecretCommand({ SecretId, Description: inputs.description ?? "", KmsKeyId: inputs.kmsKeyId }),
      );
    const { set, removed } = tagChanges(previousInputs.tags, inputs.tags);
    if (removed.length > 0) await aws.secretsManager.send(new UntagResourceCommand({ SecretId, TagKeys: removed }));
    if (Object.keys(set).length > 0) await aws.secretsManager.send(new TagResourceCommand({ SecretId, Tags: toTagList(set) }));
  },
  delete: async ({ id: SecretId, inputs, aws }) => {
    const days = inputs.recoveryWindowInDays ?? DEFAULT_RECOVERY_WINDOW_DAYS;
    const how = days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days };
    await ignoreGone(aws.secretsManager.send(new DeleteSecretCommand({ SecretId, ...how })));
  },
});
