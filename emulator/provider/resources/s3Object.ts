import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type ServerSideEncryption,
  type StorageClass,
} from "@aws-sdk/client-s3";
import type { BucketObjectv2Args, BucketObjectv2State } from "@pulumi/aws/s3/bucketObjectv2";
import { assetBytes, isAsset } from "../asset";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { defineResourceType, type InputsOf } from "../resourceType";
import { fromTagList, type Tags } from "../tags";
import { deleteVersions } from "./s3Bucket";

type Inputs = InputsOf<BucketObjectv2Args>;

async function body(inputs: Inputs): Promise<Buffer> {
  if (isAsset(inputs.source)) return assetBytes(inputs.source);
  if (inputs.contentBase64 !== undefined) return Buffer.from(inputs.contentBase64, "base64");
  return Buffer.from(inputs.content ?? "", "utf8");
}

const tagging = (tags: Tags | undefined) => (tags === undefined ? undefined : new URLSearchParams(tags).toString());

async function put(aws: AwsSession, inputs: Inputs, Key: string): Promise<void> {
  await aws.s3.send(
    new PutObjectCommand({
      Bucket: inputs.bucket,
      Key,
      Body: await body(inputs),
      ContentType: inputs.contentType,
      ContentEncoding: inputs.contentEncoding,
      CacheControl: inputs.cacheControl,
      Metadata: inputs.metadata,
      ServerSideEncryption: inputs.serverSideEncryption as ServerSideEncryption | undefined,
      SSEKMSKeyId: inputs.kmsKeyId,
      StorageClass: inputs.storageClass as StorageClass | undefined,
      Tagging: tagging(inputs.tags),
    }),
  );
}

async function head(aws: AwsSession, Bucket: string, Key: string) {
  return orGone(aws.s3.send(new HeadObjectCommand({ Bucket, Key })));
}

export const bucketObject = defineResourceType<BucketObjectv2Args, BucketObjectv2State>({
  nameProperty: "key",
  autoName: (logicalName) => logicalName,
  required: ["bucket"],
  replaceOn: ["bucket", "key"],
  updateOn: [
    "cacheControl",
    "content",
    "contentBase64",
    "contentEncoding",
    "contentType",
    "forceDestroy",
    "kmsKeyId",
    "metadata",
    "serverSideEncryption",
    "source",
    "sourceHash",
    "storageClass",
  ],
  changesOnUpdate: ["etag", "versionId"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    await put(aws, inputs, name);
    return name;
  },
  find: async ({ inputs, aws, name }) => ((await head(aws, inputs.bucket, name)) === undefined ? undefined : name),
  read: async ({ id, inputs, outputs, aws }) => {
    const bucket = inputs.bucket ?? (outputs.bucket as string | undefined) ?? "";
    const found = await head(aws, bucket, id);
    if (found === undefined) return undefined;
    const tags = await orGone(aws.s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: id })));
    return {
      arn: `arn:${aws.partition}:s3:::${bucket}/${id}`,
      bucket,
      key: id,
      etag: found.ETag?.replaceAll('"', ""),
      versionId: found.VersionId,
      contentType: found.ContentType,
      tags: fromTagList(tags?.TagSet),
    };
  },
  update: ({ id, inputs, aws }) => put(aws, inputs, id),
  delete: ({ id, inputs, aws }) => ignoreGone(deleteVersions(aws, inputs.bucket ?? "", id)),
});
