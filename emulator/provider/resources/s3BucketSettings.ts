import {
  type BucketLifecycleConfiguration,
  type BucketVersioningStatus,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  type MFADelete,
  type ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  type ServerSideEncryption,
} from "@aws-sdk/client-s3";
import type { BucketLifecycleConfigurationArgs, BucketLifecycleConfigurationState } from "@pulumi/aws/s3/bucketLifecycleConfiguration";
import type { BucketOwnershipControlsArgs, BucketOwnershipControlsState } from "@pulumi/aws/s3/bucketOwnershipControls";
import type { BucketPolicyArgs, BucketPolicyState } from "@pulumi/aws/s3/bucketPolicy";
import type { BucketPublicAccessBlockArgs, BucketPublicAccessBlockState } from "@pulumi/aws/s3/bucketPublicAccessBlock";
import type {
  BucketServerSideEncryptionConfigurationArgs,
  BucketServerSideEncryptionConfigurationState,
} from "@pulumi/aws/s3/bucketServerSideEncryptionConfiguration";
import type { BucketVersioningArgs, BucketVersioningState } from "@pulumi/aws/s3/bucketVersioning";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { pascalKeys } from "../pascalKeys";
import { policyText } from "../policyText";
import { defineResourceType, type InputsOf, type Observed, type ResourceType, type ResourceTypeDefinition } from "../resourceType";

/** How one aspect of a bucket is written, read and taken back. */
interface BucketSetting<Inputs, State> {
  readonly required: readonly (keyof Inputs & string)[];
  readonly updateOn: readonly (keyof Inputs & string)[];
  write(aws: AwsSession, inputs: Inputs): Promise<unknown>;
  read(aws: AwsSession, Bucket: string): Promise<Observed<State> | undefined>;
  remove(aws: AwsSession, Bucket: string): Promise<unknown>;
}

/** A resource type for an aspect of a bucket: its id is the bucket's name, writing twice is harmless, and a bucket has one of each. */
function bucketSetting<Args extends { bucket: unknown }, State>(setting: BucketSetting<InputsOf<Args>, State>): ResourceType {
  const bucketOf = (inputs: InputsOf<Args>) => inputs.bucket as string;
  const definition: ResourceTypeDefinition<InputsOf<Args>, State> = {
    required: setting.required,
    replaceOn: ["bucket"],
    updateOn: setting.updateOn,
    create: async ({ inputs, aws }) => {
      await setting.write(aws, inputs);
      return bucketOf(inputs);
    },
    find: async ({ inputs, aws }) => ((await setting.read(aws, bucketOf(inputs))) === undefined ? undefined : bucketOf(inputs)),
    read: async ({ id, aws }) => {
      const found = await setting.read(aws, id);
      return found && ({ bucket: id, ...found } as Observed<State>);
    },
    update: async ({ inputs, aws }) => void (await setting.write(aws, inputs)),
    delete: ({ id, aws }) => ignoreGone(setting.remove(aws, id)),
  };
  return defineResourceType<Args, State>(definition);
}

export const bucketPublicAccessBlock = bucketSetting<BucketPublicAccessBlockArgs, BucketPublicAccessBlockState>({
  required: ["bucket"],
  updateOn: ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
  write: (aws, { bucket, blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets }) => {
    const PublicAccessBlockConfiguration = pascalKeys({ blockPublicAcls, blockPublicPolicy, ignorePublicAcls, restrictPublicBuckets });
    return aws.s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }));
  },
  read: async (aws, Bucket) => {
    const found = (await orGone(aws.s3.send(new GetPublicAccessBlockCommand({ Bucket }))))?.PublicAccessBlockConfiguration;
    return (
      found && {
        blockPublicAcls: found.BlockPublicAcls,
        blockPublicPolicy: found.BlockPublicPolicy,
        ignorePublicAcls: found.IgnorePublicAcls,
        restrictPublicBuckets: found.RestrictPublicBuckets,
      }
    );
  },
  remove: (aws, Bucket) => aws.s3.send(new DeletePublicAccessBlockCommand({ Bucket })),
});

export const bucketServerSideEncryptionConfiguration = bucketSetting<
  BucketServerSideEncryptionConfigurationArgs,
  BucketServerSideEncryptionConfigurationState
>({
  required: ["bucket", "rules"],
  updateOn: ["rules"],
  write: (aws, { bucket, rules }) => {
    const Rules = rules.map(({ applyServerSideEncryptionByDefault: byDefault, bucketKeyEnabled }) => ({
      BucketKeyEnabled: bucketKeyEnabled,
      ...(byDefault === undefined
        ? {}
        : {
            ApplyServerSideEncryptionByDefault: {
              SSEAlgorithm: byDefault.sseAlgorithm as ServerSideEncryption,
              KMSMasterKeyID: byDefault.kmsMasterKeyId,
            },
          }),
    }));
    return aws.s3.send(new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } }));
  },
  read: async (aws, Bucket) => {
    const found = await orGone(aws.s3.send(new GetBucketEncryptionCommand({ Bucket })));
    const rules = (found?.ServerSideEncryptionConfiguration?.Rules ?? []).map((rule) => ({
      bucketKeyEnabled: rule.BucketKeyEnabled,
      applyServerSideEncryptionByDefault: {
        sseAlgorithm: rule.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? "",
        kmsMasterKeyId: rule.ApplyServerSideEncryptionByDefault?.KMSMasterKeyID,
      },
    }));
    return rules.length === 0 ? undefined : { rules };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketEncryptionCommand({ Bucket })),
});

export const bucketPolicy = bucketSetting<BucketPolicyArgs, BucketPolicyState>({
  required: ["bucket", "policy"],
  updateOn: ["policy"],
  write: (aws, { bucket, policy }) => aws.s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policyText(policy) })),
  read: async (aws, Bucket) => {
    const found = await orGone(aws.s3.send(new GetBucketPolicyCommand({ Bucket })));
    return found?.Policy === undefined ? undefined : { policy: found.Policy };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketPolicyCommand({ Bucket })),
});

export const bucketVersioning = bucketSetting<BucketVersioningArgs, BucketVersioningState>({
  required: ["bucket", "versioningConfiguration"],
  updateOn: ["versioningConfiguration"],
  write: (aws, { bucket, versioningConfiguration: wanted }) => {
    const Status = wanted.status as BucketVersioningStatus;
    const MFADelete = wanted.mfaDelete as MFADelete | undefined;
    return aws.s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status, MFADelete } }));
  },
  read: async (aws, Bucket) => {
    const found = await orGone(aws.s3.send(new GetBucketVersioningCommand({ Bucket })));
    return found?.Status === undefined ? undefined : { versioningConfiguration: { status: found.Status } };
  },
  // Versioning cannot be taken back, only suspended.
  remove: (aws, Bucket) => aws.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Suspended" } })),
});

export const bucketOwnershipControls = bucketSetting<BucketOwnershipControlsArgs, BucketOwnershipControlsState>({
  required: ["bucket", "rule"],
  updateOn: ["rule"],
  write: (aws, { bucket, rule }) => {
    const Rules = [{ ObjectOwnership: rule.objectOwnership as ObjectOwnership }];
    return aws.s3.send(new PutBucketOwnershipControlsCommand({ Bucket: bucket, OwnershipControls: { Rules } }));
  },
  read: async (aws, Bucket) => {
    const found = await orGone(aws.s3.send(new GetBucketOwnershipControlsCommand({ Bucket })));
    const objectOwnership = found?.OwnershipControls?.Rules?.[0]?.ObjectOwnership;
    return objectOwnership === undefined ? undefined : { rule: { objectOwnership } };
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket })),
});

/** Keys of lifecycle rules that S3 writes its own way, or in the singular. */
const LIFECYCLE_NAMES = { id: "ID", transitions: "Transitions", noncurrentVersionTransitions: "NoncurrentVersionTransitions" };

type LifecycleRules = NonNullable<InputsOf<BucketLifecycleConfigurationArgs>["rules"]>;

function lifecycleConfiguration(rules: LifecycleRules): BucketLifecycleConfiguration {
  const withFilter = rules.map((rule) => ({ ...rule, filter: rule.filter ?? { prefix: rule.prefix ?? "" }, prefix: undefined }));
  return { Rules: pascalKeys(withFilter, LIFECYCLE_NAMES) as BucketLifecycleConfiguration["Rules"] };
}

export const bucketLifecycleConfiguration = bucketSetting<BucketLifecycleConfigurationArgs, BucketLifecycleConfigurationState>({
  required: ["bucket"],
  updateOn: ["rules"],
  write: (aws, { bucket, rules }) => {
    const LifecycleConfiguration = lifecycleConfiguration(rules ?? []);
    return aws.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
  },
  read: async (aws, Bucket) => {
    const found = await orGone(aws.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })));
    return (found?.Rules ?? []).length === 0 ? undefined : {};
  },
  remove: (aws, Bucket) => aws.s3.send(new DeleteBucketLifecycleCommand({ Bucket })),
});
