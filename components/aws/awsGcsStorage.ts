import * as elasticache from "@pulumi/aws/elasticache";
import * as secretsmanager from "@pulumi/aws/secretsmanager";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../../contract/clusterSpec";
import type { CachePlan } from "../plan/gcsStorage";
import { childName } from "../plan/names";
import { CACHE_PORT } from "../plan/portTable";
import { clusterTags } from "../plan/tags";

/** ElastiCache takes 16 to 128 letters and digits. */
const PASSWORD_LENGTH = 64;

/** Ray's client speaks the protocol of Redis 6; any Valkey does. */
const ENGINE_VERSION = "8.0";

export interface AwsGcsStorageArgs {
  readonly spec: ClusterSpec;
  readonly plan: CachePlan;
  readonly subnetIds: pulumi.Input<string[]>;
  readonly securityGroupId: pulumi.Input<string>;
}

/**
 * ElastiCache for Valkey that holds the tables of Ray's control store, so that actors and tasks outlive the head: encrypted on the way and at
 * rest, with a password, in the private subnets, and reached by the head alone.
 *
 * The password is random and stands in a secret that the head reads. Unlike the Ray token it also stands in Pulumi's state, encrypted as a secret,
 * because ElastiCache has to be told it. It stays the one of the first day.
 *
 * Cost (us-east-1, 2024-11): 0.0256 USD an hour for each node of the default type, of which there are two; 0.40 USD a month for the secret.
 */
export class AwsGcsStorage extends pulumi.ComponentResource {
  /** Name of the primary; the same after a copy has taken its place. */
  readonly host: pulumi.Output<string>;
  readonly passwordSecretArn: pulumi.Output<string>;

  constructor(name: string, args: AwsGcsStorageArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsGcsStorage", name, {}, options);
    const storageName = childName(name, "gcs");
    const tags = clusterTags(args.spec.name, args.spec.tags);
    const password = createPassword(this, storageName, args, tags);
    const cache = createCache(this, storageName, { ...args, tags, password: password.value });
    this.host = cache.primaryEndpointAddress;
    this.passwordSecretArn = password.secretArn;
    this.registerOutputs({ host: this.host, passwordSecretArn: this.passwordSecretArn });
  }
}

type Tags = Readonly<Record<string, string>>;

interface Password {
  readonly secretArn: pulumi.Output<string>;
  readonly value: pulumi.Output<string>;
}

function createPassword(parent: pulumi.Resource, name: string, { spec }: AwsGcsStorageArgs, tags: Tags): Password {
  const secret = new secretsmanager.Secret(
    name,
    {
      description: `Password of the store behind Ray's control store of ${spec.name}`,
      // Worth nothing without the cache, and a secret that waits for deletion blocks its name and costs.
      recoveryWindowInDays: 0,
      tags,
    },
    { parent },
  );
  const random = secretsmanager.getRandomPasswordOutput({ passwordLength: PASSWORD_LENGTH, excludePunctuation: true }, { parent });
  const version = new secretsmanager.SecretVersion(
    name,
    { secretId: secret.id, secretString: pulumi.secret(random.randomPassword) },
    // Each run draws another one; the first stays.
    { parent, ignoreChanges: ["secretString"] },
  );
  return { secretArn: secret.arn, value: pulumi.secret(version.secretString.apply((value) => value ?? "")) };
}

interface CacheArgs extends AwsGcsStorageArgs {
  readonly tags: Tags;
  readonly password: pulumi.Output<string>;
}

function createCache(parent: pulumi.Resource, name: string, args: CacheArgs): elasticache.ReplicationGroup {
  const { plan, spec, tags } = args;
  const subnets = new elasticache.SubnetGroup(
    name,
    { description: `Where Ray's control store of ${spec.name} is kept`, subnetIds: args.subnetIds, tags },
    { parent },
  );
  return new elasticache.ReplicationGroup(
    name,
    {
      replicationGroupId: plan.replicationGroupId,
      description: `Tables of Ray's control store of ${spec.name}`,
      engine: "valkey",
      engineVersion: ENGINE_VERSION,
      nodeType: plan.nodeType,
      port: CACHE_PORT,
      // One shard: Ray takes no other.
      numCacheClusters: plan.nodeCount,
      automaticFailoverEnabled: plan.nodeCount > 1,
      multiAzEnabled: plan.spansZones,
      subnetGroupName: subnets.name,
      securityGroupIds: [args.securityGroupId],
      transitEncryptionEnabled: true,
      atRestEncryptionEnabled: true,
      authToken: args.password,
      snapshotRetentionLimit: plan.snapshotRetentionDays,
      applyImmediately: true,
      tags,
    },
    // Its id is given, and the cloud holds one of a name at a time.
    { parent, deleteBeforeReplace: true },
  );
}
