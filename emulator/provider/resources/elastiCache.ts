import {
  AddTagsToResourceCommand,
  CreateCacheSubnetGroupCommand,
  CreateReplicationGroupCommand,
  DeleteCacheSubnetGroupCommand,
  DeleteReplicationGroupCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  ListTagsForResourceCommand,
  ModifyReplicationGroupCommand,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-elasticache";
import type { ReplicationGroupArgs, ReplicationGroupState } from "@pulumi/aws/elasticache/replicationGroup";
import type { SubnetGroupArgs, SubnetGroupState } from "@pulumi/aws/elasticache/subnetGroup";
import { ignoreGone, orGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { madeId } from "../madeId";
import { defineResourceType } from "../resourceType";
import { fromTagList, tagChanges, toTagList } from "../tags";

type Tags = Readonly<Record<string, string>> | undefined;

async function tagsOf(aws: AwsSession, ResourceName: string): Promise<Record<string, string> | undefined> {
  const found = await orGone(aws.elastiCache.send(new ListTagsForResourceCommand({ ResourceName })));
  return fromTagList(found?.TagList);
}

async function changeTags(aws: AwsSession, ResourceName: string, previous: Tags, next: Tags): Promise<void> {
  const { set, removed } = tagChanges(previous, next);
  if (removed.length > 0) await aws.elastiCache.send(new RemoveTagsFromResourceCommand({ ResourceName, TagKeys: removed }));
  if (Object.keys(set).length > 0) await aws.elastiCache.send(new AddTagsToResourceCommand({ ResourceName, Tags: toTagList(set) }));
}

async function subnetGroup(aws: AwsSession, CacheSubnetGroupName: string) {
  const found = await orGone(aws.elastiCache.send(new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName })));
  return found?.CacheSubnetGroups?.[0];
}

export const cacheSubnetGroup = defineResourceType<SubnetGroupArgs, SubnetGroupState>({
  nameProperty: "name",
  required: ["subnetIds"],
  replaceOn: ["name", "subnetIds", "description"],
  updateOn: [],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    const { CacheSubnetGroup } = await aws.elastiCache.send(
      new CreateCacheSubnetGroupCommand({
        CacheSubnetGroupName: name,
        CacheSubnetGroupDescription: inputs.description ?? "Managed by Pulumi",
        SubnetIds: [...inputs.subnetIds],
        Tags: toTagList(inputs.tags),
      }),
    );
    return madeId(CacheSubnetGroup?.CacheSubnetGroupName);
  },
  find: async ({ name, aws }) => (await subnetGroup(aws, name))?.CacheSubnetGroupName,
  read: async ({ id, aws }) => {
    const found = await subnetGroup(aws, id);
    if (found?.ARN === undefined) return undefined;
    return { arn: found.ARN, name: id, vpcId: found.VpcId, tags: await tagsOf(aws, found.ARN) };
  },
  update: async ({ aws, outputs, inputs, previousInputs }) =>
    changeTags(aws, madeId(outputs.arn as string | undefined), previousInputs.tags, inputs.tags),
  delete: ({ id, aws }) => ignoreGone(aws.elastiCache.send(new DeleteCacheSubnetGroupCommand({ CacheSubnetGroupName: id }))),
});

async function group(aws: AwsSession, ReplicationGroupId: string) {
  const found = await orGone(aws.elastiCache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId })));
  return found?.ReplicationGroups?.[0];
}

export const replicationGroup = defineResourceType<ReplicationGroupArgs, ReplicationGroupState>({
  nameProperty: "replicationGroupId",
  required: ["description"],
  replaceOn: [
    "replicationGroupId",
    "engine",
    "engineVersion",
    "port",
    "numCacheClusters",
    "subnetGroupName",
    "securityGroupIds",
    "transitEncryptionEnabled",
    "atRestEncryptionEnabled",
    "authToken",
  ],
  updateOn: ["description", "nodeType", "automaticFailoverEnabled", "multiAzEnabled", "snapshotRetentionLimit", "applyImmediately"],
  taggable: true,
  create: async ({ inputs, aws, name }) => {
    const { ReplicationGroup } = await aws.elastiCache.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: name,
        ReplicationGroupDescription: inputs.description,
        Engine: inputs.engine,
        EngineVersion: inputs.engineVersion,
        CacheNodeType: inputs.nodeType,
        Port: inputs.port,
        NumCacheClusters: inputs.numCacheClusters,
        AutomaticFailoverEnabled: inputs.automaticFailoverEnabled,
        MultiAZEnabled: inputs.multiAzEnabled,
        CacheSubnetGroupName: inputs.subnetGroupName,
        SecurityGroupIds: inputs.securityGroupIds,
        TransitEncryptionEnabled: inputs.transitEncryptionEnabled,
        AtRestEncryptionEnabled: inputs.atRestEncryptionEnabled,
        AuthToken: inputs.authToken,
        SnapshotRetentionLimit: inputs.snapshotRetentionLimit,
        Tags: toTagList(inputs.tags),
      }),
    );
    return madeId(ReplicationGroup?.ReplicationGroupId);
  },
  find: async ({ name, aws }) => (await group(aws, name))?.ReplicationGroupId,
  read: async ({ id, aws }) => {
    const found = await group(aws, id);
    if (found?.ARN === undefined) return undefined;
    const [node] = found.NodeGroups ?? [];
    return {
      arn: found.ARN,
      replicationGroupId: id,
      description: found.Description,
      nodeType: found.CacheNodeType,
      primaryEndpointAddress: node?.PrimaryEndpoint?.Address,
      readerEndpointAddress: node?.ReaderEndpoint?.Address,
      automaticFailoverEnabled: found.AutomaticFailover === "enabled",
      multiAzEnabled: found.MultiAZ === "enabled",
      snapshotRetentionLimit: found.SnapshotRetentionLimit,
      memberClusters: found.MemberClusters,
      tags: await tagsOf(aws, found.ARN),
    };
  },
  update: async ({ id, aws, outputs, inputs, previousInputs }) => {
    await aws.elastiCache.send(
      new ModifyReplicationGroupCommand({
        ReplicationGroupId: id,
        ReplicationGroupDescription: inputs.description,
        CacheNodeType: inputs.nodeType,
        AutomaticFailoverEnabled: inputs.automaticFailoverEnabled,
        MultiAZEnabled: inputs.multiAzEnabled,
        SnapshotRetentionLimit: inputs.snapshotRetentionLimit,
        ApplyImmediately: inputs.applyImmediately,
      }),
    );
    await changeTags(aws, madeId(outputs.arn as string | undefined), previousInputs.tags, inputs.tags);
  },
  delete: ({ id, aws }) => ignoreGone(aws.elastiCache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: id }))),
});
