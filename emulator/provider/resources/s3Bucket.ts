import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  HeadBucketCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketTaggingCommand,
} from "@aws-sdk/client-s3";
import type { BucketArgs, BucketState } from "@pulumi/aws/s3/bucket";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { defineResourceType } from "../resourceType";
import { fromTagList, type Tags, toTagList } from "../tags";

async function setTags(aws: AwsSession, Bucket: string, tags: Tags | undefined): Promise<void> {
  await aws.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: toTagList(tags) } }));
}

async function exists(aws: AwsSession, Bucket: string): Promise<boolean> {
  return (await orGone(aws.s3.send(new HeadBucketCommand({ Bucket })))) !== undefined;
}

async function deletePage(aws: AwsSession, Bucket: string, Objects: { Key: string; VersionId: string | undefined }[]): Promise<void> {
  if (Objects.length === 0) return;
  const { Errors } = await aws.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const [failed] = Errors ?? [];
  if (failed === undefined) return;
  const reason = failed.Message ?? failed.Code ?? "no reason given";
  throw new Error(`deleting ${failed.Key ?? "an object"} from bucket ${Bucket}: ${reason}`);
}

/** Deletes every version and delete marker: of one object when a key is given, else of the whole bucket. */
export async function deleteVersions(aws: AwsSession, Bucket: string, key?: string): Promise<void> {
  let position: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined = {};
  while (position !== undefined) {
    const page: ListObjectVersionsCommandOutput = await aws.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: key, ...position }));
    const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key = "", VersionId }) => ({ Key, VersionId }));
    await deletePage(
      aws,
      Bucket,
      versions.filter(({ Key }) => key === undefined || Key === key),
    );
    position = page.IsTruncated === true ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
}

export const bucket = defineResourceType<BucketArgs, BucketState>({
  nameProperty: "bucket",
  autoName: (logicalName, suffix) => `${logicalName}-${suffix}`.toLowerCase(),
  required: [],
  replaceOn: ["bucket", "bucketPrefix", "objectLockEnabled"],
  updateOn: ["forceDestroy"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    // us-east-1 is the one region that must not be named.
    const LocationConstraint = aws.region as BucketLocationConstraint;
    const placement = aws.region === "us-east-1" ? {} : { CreateBucketConfiguration: { LocationConstraint } };
    await aws.s3.send(new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: inputs.objectLockEnabled, ...placement }));
    return name;
  },
  complete: async ({ id, inputs, aws }) => {
    if (Object.keys(inputs.tags ?? {}).length > 0) await setTags(aws, id, inputs.tags);
  },
  find: async ({ name, aws }) => ((await exists(aws, name)) ? name : undefined),
  read: async ({ id, aws }) => {
    if (!(await exists(aws, id))) return undefined;
    const tagging = await orGone(aws.s3.send(new GetBucketTaggingCommand({ Bucket: id })));
    return {
      arn: `arn:${aws.partition}:s3:::${id}`,
      bucket: id,
      bucketDomainName: `${id}.s3.amazonaws.com`,
      bucketRegionalDomainName: `${id}.s3.${aws.region}.amazonaws.com`,
      region: aws.region,
      tags: fromTagList(tagging?.TagSet),
    };
  },
  update: ({ id, inputs, aws }) => setTags(aws, id, inputs.tags),
  delete: async ({ id, inputs, aws }) => {
    if (inputs.forceDestroy === true) await ignoreGone(deleteVersions(aws, id));
    await ignoreGone(aws.s3.send(new DeleteBucketCommand({ Bucket: id })));
  },
});
