import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactManifest } from "../../contract/artifactManifest";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { pauseParameterName } from "../../contract/pause";
import { planAgentConfig, renderAgentConfig } from "../plan/agentConfigFile";
import { gcsStorageOf, planCache } from "../plan/gcsStorage";
import { childName } from "../plan/names";
import { clusterTags } from "../plan/tags";
import { planWorkerGroups, type WorkerGroupPlan } from "../plan/workerGroups";
import type { PlatformArgs, PlatformCluster, WorkerGroupSummary } from "../platform";
import { AwsArtifacts } from "./awsArtifacts";
import { AwsEndpoints } from "./awsEndpoints";
import { AwsFirewall } from "./awsFirewall";
import { AwsGcsStorage } from "./awsGcsStorage";
import { AwsHead, type AwsHeadArgs } from "./awsHead";
import { AwsIdentity } from "./awsIdentity";
import { AwsNetwork } from "./awsNetwork";
import { AwsNotices } from "./awsNotices";
import { AwsWatchdog } from "./awsWatchdog";
import { AwsWorkerGroup } from "./awsWorkerGroup";
import { dashboardInstructions } from "./dashboardInstructions";
import { type MachineImageNeeds, machineImages } from "./machineImages";
import { readArtifactManifest } from "./readArtifactManifest";

/** What every step below needs. */
interface Scope {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly manifest: ArtifactManifest;
  readonly child: { readonly parent: pulumi.ComponentResource };
  readonly region: pulumi.Output<string>;
  readonly partition: pulumi.Output<string>;
  readonly accountId: pulumi.Output<string>;
  readonly imageFor: (needs: MachineImageNeeds) => pulumi.Output<string>;
}

/** What the machines stand on. */
interface Ground {
  readonly network: AwsNetwork;
  readonly firewall: AwsFirewall;
  readonly artifacts: AwsArtifacts;
  readonly notices: AwsNotices;
  /** Absent when the cluster keeps Ray's control store in the head's memory, or in a Redis that is there. */
  readonly gcsStorage: AwsGcsStorage | undefined;
  readonly identity: AwsIdentity;
  readonly startAfter: readonly pulumi.Resource[];
}

interface WorkerGroup {
  readonly plan: WorkerGroupPlan;
  readonly component: AwsWorkerGroup;
}

/**
 * Makes a cluster on AWS.
 *
 * @throws ArtifactsError when the artifacts are not built
 */
export function createAwsCluster(args: PlatformArgs): PlatformCluster {
  const plans = planWorkerGroups(args.spec);
  const scope = createScope(args);
  const ground = createGround(scope);
  const head = createHead(scope, ground);
  const groups = plans.map((plan) => ({ plan, component: createWorkerGroup(scope, ground, head, plan) }));
  const parameter = createAgentParameter(scope, ground, groups);
  const { region, partition, spec } = scope;
  new AwsWatchdog(scope.name, { spec, region, partition, headInstanceId: head.instanceId }, scope.child);
  return {
    headPrivateAddress: head.privateAddress,
    headInstanceId: head.instanceId,
    dashboard: pulumi
      .all([head.instanceId, head.privateAddress, region])
      .apply(([instanceId, address, regionName]) => dashboardInstructions(spec, { instanceId, address, region: regionName })),
    workerGroups: summarise(groups),
    artifactBucket: ground.artifacts.bucketName,
    agentConfigParameter: parameter.name,
    tokenSecretName: ground.identity.tokenSecretName,
  };
}

/** Name of the parameter with the agent's configuration; known before it is made, so that the head does not wait for the groups. */
function agentParameterName(spec: ClusterSpec): string {
  return `/rayfleet/${spec.name}/agent`;
}

function createScope({ name, spec, artifactsDirectory, parent }: PlatformArgs): Scope {
  const child = { parent };
  return {
    name,
    spec,
    manifest: readArtifactManifest(artifactsDirectory),
    child,
    region: getRegionOutput({}, child).region,
    partition: getPartitionOutput({}, child).partition,
    accountId: getCallerIdentityOutput({}, child).accountId,
    imageFor: machineImages(parent),
  };
}

function createGround(scope: Scope): Ground {
  const { name, spec, manifest, child, region, partition, accountId } = scope;
  const network = new AwsNetwork(name, { spec, region, accountId }, child);
  const { vpcId, s3PrefixListId, privateSubnetIds } = network;
  const firewall = new AwsFirewall(name, { spec, vpcId, s3PrefixListId }, child);
  const artifacts = new AwsArtifacts(name, { spec, manifest }, child);
  const parameterArn = (parameter: string) => pulumi.interpolate`arn:${partition}:ssm:${region}:${accountId}:parameter${parameter}`;
  const agentParameterArn = parameterArn(agentParameterName(spec));
  const pauseParameterArn = parameterArn(pauseParameterName(spec.name));
  const notices = new AwsNotices(name, { spec }, child);
  const { queueArn: noticeQueueArn } = notices;
  const gcsStorage = createGcsStorage(scope, network, firewall);
  const gcsPasswordSecretArn = gcsStorage?.passwordSecretArn ?? spec.gcsFaultTolerance?.existing?.redisPasswordSecretArn;
  const identity = new AwsIdentity(
    name,
    { spec, bucketArn: artifacts.bucketArn, agentParameterArn, pauseParameterArn, noticeQueueArn, gcsPasswordSecretArn },
    child,
  );
  const startAfter: pulumi.Resource[] = [network, firewall, artifacts, identity];
  if (gcsStorage !== undefined) {
    startAfter.push(gcsStorage);
  }
  if (firewall.endpointGroupId !== undefined) {
    const endpointArgs = { spec, region, vpcId, subnetIds: privateSubnetIds, securityGroupId: firewall.endpointGroupId };
    startAfter.push(new AwsEndpoints(name, endpointArgs, child));
  }
  return { network, firewall, artifacts, notices, gcsStorage, identity, startAfter };
}

function createGcsStorage({ name, spec, child }: Scope, network: AwsNetwork, firewall: AwsFirewall): AwsGcsStorage | undefined {
  const plan = planCache(spec);
  if (plan === undefined || firewall.cacheGroupId === undefined) {
    return undefined;
  }
  const { cacheGroupId: securityGroupId } = firewall;
  return new AwsGcsStorage(name, { spec, plan, subnetIds: network.privateSubnetIds, securityGroupId }, child);
}

/** What the head is told of the store; its keys begin with the name of the artifact bucket, which no other cluster has. */
function gcsStorageForHead(spec: ClusterSpec, { gcsStorage, artifacts }: Ground): AwsHeadArgs["gcsStorage"] {
  return pulumi
    .all([artifacts.bucketName, gcsStorage?.host, gcsStorage?.passwordSecretArn])
    .apply(([externalStorageNamespace, cacheHost, passwordSecretArn]) =>
      gcsStorageOf(spec, { externalStorageNamespace, cacheHost, passwordSecretArn }),
    );
}

function createHead(scope: Scope, ground: Ground): AwsHead {
  const { network, firewall, artifacts, identity, startAfter } = ground;
  const { spec, manifest, region } = scope;
  return new AwsHead(
    scope.name,
    {
      spec,
      manifest,
      region,
      bucketName: artifacts.bucketName,
      subnetId: network.privateSubnetIds.apply((ids) => firstSubnet(ids)),
      securityGroupId: firewall.headGroupId,
      instanceProfileName: identity.headProfileName,
      imageId: scope.imageFor({ amiId: spec.head.amiId, hasGpu: false }),
      tokenSecretArn: identity.tokenSecretArn,
      agentConfigParameter: agentParameterName(spec),
      gcsStorage: gcsStorageForHead(spec, ground),
      startAfter,
    },
    scope.child,
  );
}

function firstSubnet(subnetIds: readonly string[]): string {
  const [first] = subnetIds;
  if (first === undefined) {
    throw new Error("network: has no private subnet; expected at least one. Name one in network.existing.privateSubnetIds.");
  }
  return first;
}

function createWorkerGroup(scope: Scope, ground: Ground, head: AwsHead, plan: WorkerGroupPlan): AwsWorkerGroup {
  const { spec, manifest, region } = scope;
  const { network, firewall, artifacts, identity } = ground;
  return new AwsWorkerGroup(
    childName(scope.name, "worker", plan.groupName),
    {
      spec,
      plan,
      manifest,
      region,
      bucketName: artifacts.bucketName,
      subnetIds: network.privateSubnetIds,
      securityGroupId: firewall.workerGroupId,
      instanceProfileArn: identity.workerProfileArn,
      imageId: scope.imageFor({ amiId: plan.spec.amiId, hasGpu: plan.hasGpu }),
      headAddress: head.privateAddress,
      tokenSecretArn: identity.tokenSecretArn,
    },
    scope.child,
  );
}

function createAgentParameter(scope: Scope, ground: Ground, groups: readonly WorkerGroup[]): ssm.Parameter {
  const { spec, child } = scope;
  const groupNames = pulumi.all(Object.fromEntries(groups.map(({ plan, component }) => [plan.groupName, component.autoScalingGroupName])));
  const plans = groups.map(({ plan }) => plan);
  const value = pulumi
    .all([scope.region, ground.artifacts.bucketName, ground.notices.queueUrl, groupNames])
    .apply(([region, bucket, noticeQueueUrl, autoScalingGroupNames]) =>
      renderAgentConfig(planAgentConfig(spec, plans, { region, bucket, noticeQueueUrl, autoScalingGroupNames })),
    );
  return new ssm.Parameter(
    childName(scope.name, "agent-config"),
    {
      name: agentParameterName(spec),
      description: `What the autoscaler agent of ${spec.name} may do; it reads it again while it runs`,
      type: "String",
      // Standard parameters hold 4 KiB for free; a longer one becomes advanced (0.05 USD a month), up to 8 KiB.
      tier: "Intelligent-Tiering",
      value,
      tags: clusterTags(spec.name, spec.tags),
    },
    // The agent scales a group as soon as it reads of it, and then its machines must find everything they start from.
    { ...child, dependsOn: [...ground.startAfter, ...groups.map(({ component }) => component)] },
  );
}

function summarise(groups: readonly WorkerGroup[]): pulumi.Output<Record<string, WorkerGroupSummary>> {
  return pulumi.all(
    Object.fromEntries(
      groups.map(({ plan, component }) => [
        plan.groupName,
        component.autoScalingGroupName.apply((nodeGroupName) => ({
          nodeGroupName,
          instanceTypes: [...plan.instanceTypes],
          minReplicas: plan.spec.minReplicas,
          maxReplicas: plan.spec.maxReplicas,
        })),
      ]),
    ),
  );
}
