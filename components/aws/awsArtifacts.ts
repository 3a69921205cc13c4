import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactManifest } from "../../contract/artifactManifest";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { childName } from "../plan/names";
import { artifactBucketPolicy, BOOT_REPORT_PREFIX } from "../plan/policies";
import { clusterTags } from "../plan/tags";

/** Reports are read while a machine starts; a week is for the person who looks later. */
const BOOT_REPORT_DAYS = 7;

const OLD_VERSION_DAYS = 30;

export interface AwsArtifactsArgs {
  readonly spec: ClusterSpec;
  readonly manifest: ArtifactManifest;
}

/**
 * The private bucket with what machines need to start: the runtime, the bundle, one configuration per group, and their boot reports.
 * Encrypted, versioned, reached over TLS only, closed to the public, and emptied when the cluster is destroyed.
 */
export class AwsArtifacts extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: AwsArtifactsArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsArtifacts", name, {}, options);
    const bucketName = childName(name, "artifacts");
    const bucket = new s3.Bucket(bucketName, { forceDestroy: true, tags: clusterTags(args.spec.name, args.spec.tags) }, { parent: this });
    const settings = closeBucket(this, bucketName, bucket);
    keepTidy(this, bucketName, bucket);
    for (const [role, artifact] of [["runtime", args.manifest.runtime] as const, ["bundle", args.manifest.bundle] as const]) {
      new s3.BucketObjectv2(
        childName(name, role),
        { bucket: bucket.bucket, key: artifact.key, source: new pulumi.asset.FileAsset(artifact.file), contentType: "application/gzip" },
        // An object stays when a newer one takes its place: the head's user data and old launch template versions still name it.
        // Destroying the cluster empties the bucket.
        { parent: this, dependsOn: settings, retainOnDelete: true },
      );
    }
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucketName: this.bucketName, bucketArn: this.bucketArn });
  }
}

/** Nobody outside the account, nobody without TLS, nothing unencrypted. Returns what must stand before anything is stored. */
function closeBucket(parent: pulumi.Resource, name: string, bucket: s3.Bucket): pulumi.Resource[] {
  const publicAccess = new s3.BucketPublicAccessBlock(
    name,
    { bucket: bucket.bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
    { parent },
  );
  const ownership = new s3.BucketOwnershipControls(
    name,
    { bucket: bucket.bucket, rule: { objectOwnership: "BucketOwnerEnforced" } },
    { parent },
  );
  const encryption = new s3.BucketServerSideEncryptionConfiguration(
    name,
    { bucket: bucket.bucket, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
    { parent },
  );
  const policy = new s3.BucketPolicy(
    name,
    { bucket: bucket.bucket, policy: bucket.arn.apply((arn) => JSON.stringify(artifactBucketPolicy(arn))) },
    // S3 refuses two changes of a bucket's access settings at once.
    { parent, dependsOn: [publicAccess, ownership] },
  );
  return [publicAccess, ownership, encryption, policy];
}

function keepTidy(parent: pulumi.Resource, name: string, bucket: s3.Bucket): void {
  const versioning = new s3.BucketVersioning(name, { bucket: bucket.bucket, versioningConfiguration: { status: "Enabled" } }, { parent });
  new s3.BucketLifecycleConfiguration(
    name,
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: "boot-reports",
          status: "Enabled",
          filter: { prefix: `${BOOT_REPORT_PREFIX}/` },
          expiration: { days: BOOT_REPORT_DAYS },
          noncurrentVersionExpiration: { noncurrentDays: 1 },
        },
        {
          id: "old-versions",
          status: "Enabled",
          filter: { prefix: "machine/" },
          noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
        },
      ],
    },
    { parent, dependsOn: [versioning] },
  );
}
