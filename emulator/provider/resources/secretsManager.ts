import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import type { SecretArgs, SecretState } from "@pulumi/aws/secretsmanager/secret";
import type { SecretVersionArgs, SecretVersionState } from "@pulumi/aws/secretsmanager/secretVersion";
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

const currentOf = (aws: AwsSession, SecretId: string) => orGone(aws.secretsManager.send(new GetSecretValueCommand({ SecretId })));

/** Of a version's id: `<ARN of the secret>|<version>`, as the real provider writes it. */
const secretIdOf = (id: string): string => id.slice(0, id.lastIndexOf("|"));

/** The secret's current value. It goes with its secret; by itself AWS removes no current value either. */
export const secretVersion = defineResourceType<SecretVersionArgs, SecretVersionState>({
  required: ["secretId"],
  replaceOn: ["secretId", "secretString"],
  updateOn: [],
  create: async ({ inputs, aws, token }) => {
    const { ARN, VersionId } = await aws.secretsManager.send(
      new PutSecretValueCommand({ SecretId: inputs.secretId, SecretString: inputs.secretString, ClientRequestToken: token }),
    );
    return `${madeId(ARN)}|${madeId(VersionId)}`;
  },
  find: async ({ inputs, aws, token }) => {
    const found = await currentOf(aws, inputs.secretId);
    return found?.VersionId === token ? `${found.ARN}|${token}` : undefined;
  },
  read: async ({ id, aws }) => {
    const found = await currentOf(aws, secretIdOf(id));
    if (found === undefined || !id.endsWith(`|${found.VersionId}`)) return undefined;
    return { arn: found.ARN, secretString: found.SecretString, versionId: found.VersionId, versionStages: found.VersionStages };
  },
  delete: async () => undefined,
});
