import * as autoscaling from "@pulumi/aws/autoscaling";
import * as ec2 from "@pulumi/aws/ec2";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactManifest } from "../../contract/artifactManifest";
import type { ClusterSpec, WorkerGroupSpec } from "../../contract/clusterSpec";
import { workerMachineConfig } from "../plan/machineConfigs";
import { machineConfigKey } from "../plan/policies";
import { machineTags } from "../plan/tags";
import type { WorkerGroupPlan } from "../plan/workerGroups";
import { ROOT_DEVICE_NAME } from "./machineImages";
import { machineUserData } from "./machineUserData";

export interface AwsWorkerGroupArgs {
  readonly spec: ClusterSpec;
  readonly plan: WorkerGroupPlan;
  readonly manifest: ArtifactManifest;
  readonly region: pulumi.Input<string>;
  readonly bucketName: pulumi.Input<string>;
  readonly subnetIds: pulumi.Input<string[]>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly instanceProfileArn: pulumi.Input<string>;
  readonly imageId: pulumi.Input<string>;
  readonly headAddress: pulumi.Input<string>;
  readonly tokenSecretArn: pulumi.Input<string>;
}

/**
 * One worker group: a launch template and an Auto Scaling group that the agent on the head sizes.
 *
 * The group's minimum is 0, whatever `minReplicas` says: the agent keeps the minimum, so a cluster whose head is gone buys nothing. New
 * machines are protected from scale-in and rebalancing between zones is off, so no idle machine leaves but by the agent, by its id. AWS itself
 * still ends machines that fail their health check, spot machines that it takes back, and those that are starting above a maximum that was
 * lowered: protection begins when a machine is in service. Desired capacity belongs to the agent; the program never sets it. New machines
 * always start from the newest version of the launch template; running ones stay.
 *
 * Cost: nothing while no machine runs.
 */
export class AwsWorkerGroup extends pulumi.ComponentResource {
  readonly autoScalingGroupName: pulumi.Output<string>;

  constructor(name: string, args: AwsWorkerGroupArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsWorkerGroup", name, {}, options);
    const configuration = createMachineConfig(this, name, args);
    const template = createLaunchTemplate(this, name, args);
    const group = createGroup(this, name, { ...args, template, configuration });
    this.autoScalingGroupName = group.name;
    this.registerOutputs({ autoScalingGroupName: this.autoScalingGroupName });
  }
}

function workerTags(args: AwsWorkerGroupArgs, name: string): Record<string, string> {
  const { spec, plan } = args;
  return { ...machineTags({ clusterName: spec.name, role: "worker", groupName: plan.groupName, userTags: spec.tags }), Name: name };
}

function createMachineConfig(parent: pulumi.Resource, name: string, args: AwsWorkerGroupArgs): s3.BucketObjectv2 {
  const { spec, plan } = args;
  const content = pulumi
    .all([args.headAddress, args.tokenSecretArn])
    .apply(([headAddress, tokenSecretId]) => JSON.stringify(workerMachineConfig(spec, plan, { headAddress, tokenSecretId })));
  return new s3.BucketObjectv2(
    name,
    { bucket: args.bucketName, key: machineConfigKey(plan.groupName), content, contentType: "application/json" },
    { parent },
  );
}

function createLaunchTemplate(parent: pulumi.Resource, name: string, args: AwsWorkerGroupArgs): ec2.LaunchTemplate {
  const { spec, plan, region, bucketName, manifest } = args;
  const tags = workerTags(args, name);
  const userData = machineUserData({ clusterName: spec.name, groupName: plan.groupName, role: "worker", region, bucketName, manifest });
  return new ec2.LaunchTemplate(
    name,
    {
      description: `Ray workers of the group ${plan.groupName}`,
      updateDefaultVersion: true,
      imageId: args.imageId,
      instanceType: firstType(plan),
      iamInstanceProfile: { arn: args.instanceProfileArn },
      networkInterfaces: [
        { deviceIndex: 0, associatePublicIpAddress: "false", deleteOnTermination: "true", securityGroups: [args.securityGroupId] },
      ],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1, instanceMetadataTags: "enabled" },
      blockDeviceMappings: [
        {
          deviceName: ROOT_DEVICE_NAME,
          ebs: { volumeSize: plan.rootDiskGiB, volumeType: "gp3", encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      // A machine that powers off is gone; a stopped one would cost its disk and count as a member.
      instanceInitiatedShutdownBehavior: "terminate",
      userData: userData.apply((text) => Buffer.from(text, "utf8").toString("base64")),
      tagSpecifications: [
        { resourceType: "instance", tags },
        { resourceType: "volume", tags },
      ],
      tags,
    },
    { parent },
  );
}

function firstType(plan: WorkerGroupPlan): string {
  const [first] = plan.instanceTypes;
  if (first === undefined) {
    throw new RangeError(`workerGroups.${plan.groupName}: has no machine type. Pass a plan that planWorkerGroups made.`);
  }
  return first;
}

interface GroupArgs extends AwsWorkerGroupArgs {
  readonly template: ec2.LaunchTemplate;
  readonly configuration: s3.BucketObjectv2;
}

function createGroup(parent: pulumi.Resource, name: string, args: GroupArgs): autoscaling.Group {
  const tags = Object.entries(workerTags(args, name)).map(([key, value]) => ({ key, value, propagateAtLaunch: true }));
  return new autoscaling.Group(
    name,
    {
      minSize: 0,
      maxSize: args.plan.spec.maxReplicas,
      vpcZoneIdentifiers: args.subnetIds,
      mixedInstancesPolicy: {
        instancesDistribution: instancesDistribution(args.plan.spec),
        launchTemplate: {
          launchTemplateSpecification: { launchTemplateId: args.template.id, version: "$Latest" },
          overrides: args.plan.instanceTypes.map((instanceType) => ({ instanceType })),
        },
      },
      protectFromScaleIn: true,
      suspendedProcesses: ["AZRebalance"],
      defaultCooldown: 0,
      healthCheckType: "EC2",
      tags,
      // Protected machines do not leave a group that is destroyed unless it is told to take them along.
      forceDelete: true,
      // The agent decides when machines come; creating the group waits for none.
      waitForCapacityTimeout: "0",
    },
    { parent, ignoreChanges: ["desiredCapacity"], dependsOn: [args.configuration] },
  );
}

/** Share of on-demand machines above the base for `spot-then-on-demand`, in percent. */
const ON_DEMAND_PERCENT_BESIDE_SPOT = 50;

/**
 * How the group divides its machines between the markets.
 *
 * `spot-then-on-demand`: AWS never buys an on-demand machine in the place of a spot machine that it cannot have; it knows a fixed share only.
 * Half is what keeps a group working when there is no spot capacity at all.
 */
function instancesDistribution(spec: WorkerGroupSpec) {
  const percentages: Readonly<Record<WorkerGroupSpec["capacityType"], number>> = {
    "on-demand": 100,
    spot: 0,
    "spot-then-on-demand": ON_DEMAND_PERCENT_BESIDE_SPOT,
  };
  return {
    onDemandAllocationStrategy: "prioritized",
    onDemandBaseCapacity: spec.onDemandBaseReplicas,
    onDemandPercentageAboveBaseCapacity: percentages[spec.capacityType],
    spotAllocationStrategy: "price-capacity-optimized",
  };
}
