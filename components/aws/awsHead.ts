import * as ec2 from "@pulumi/aws/ec2";
import * as s3 from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import type { ArtifactManifest } from "../../contract/artifactManifest";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { HEAD_GROUP_NAME, type MachineConfig } from "../../contract/machineConfig";
import { type HeadPlan, planHead } from "../plan/headPlan";
import { headMachineConfig } from "../plan/machineConfigs";
import { childName } from "../plan/names";
import { machineConfigKey } from "../plan/policies";
import { machineTags } from "../plan/tags";
import { machineUserData } from "./machineUserData";

export interface AwsHeadArgs {
  readonly spec: ClusterSpec;
  readonly manifest: ArtifactManifest;
  readonly region: pulumi.Input<string>;
  readonly bucketName: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly instanceProfileName: pulumi.Input<string>;
  readonly imageId: pulumi.Input<string>;
  readonly tokenSecretArn: pulumi.Input<string>;
  readonly agentConfigParameter: string;
  /** Where Ray's control store is kept; undefined: in the head's memory. */
  readonly gcsStorage: pulumi.Input<MachineConfig["gcsStorage"]>;
  /** What a machine needs from its first second: routes, rules, permissions, artifacts. */
  readonly startAfter: readonly pulumi.Resource[];
}

/**
 * The head of the cluster: one on-demand machine that takes no tasks, with a private address that outlives it.
 *
 * The address belongs to a network interface of its own, so a replaced head has the old one and the workers find it. Image and user data
 * are those of the day it was made: AWS stops a machine to change the user data and replaces it for an image, and either would end every
 * running job on the day that Amazon publishes an image. To have them new, destroy the instance by its URN (`pulumi destroy --target`) and run
 * `up` again.
 *
 * Cost: the machine's list price, see the stack output `estimatedHourlyUsd`; 0.08 USD a GiB and month for the disk (us-east-1, 2026-07).
 */
export class AwsHead extends pulumi.ComponentResource {
  /** Private IPv4 address, the same for as long as the cluster exists. */
  readonly privateAddress: pulumi.Output<string>;
  readonly instanceId: pulumi.Output<string>;

  constructor(name: string, args: AwsHeadArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:AwsHead", name, {}, options);
    const headName = childName(name, "head");
    const plan = planHead(args.spec);
    const networkInterface = createInterface(this, headName, args);
    const configuration = createMachineConfig(this, headName, { ...args, plan, headAddress: networkInterface.privateIp });
    const instance = createInstance(this, headName, { ...args, plan, networkInterface, configuration });
    this.privateAddress = networkInterface.privateIp;
    this.instanceId = instance.id;
    this.registerOutputs({ privateAddress: this.privateAddress, instanceId: this.instanceId });
  }
}

function headTags(spec: ClusterSpec, name: string): Record<string, string> {
  return { ...machineTags({ clusterName: spec.name, role: "head", groupName: HEAD_GROUP_NAME, userTags: spec.tags }), Name: name };
}

function createInterface(parent: pulumi.Resource, name: string, args: AwsHeadArgs): ec2.NetworkInterface {
  return new ec2.NetworkInterface(
    name,
    {
      subnetId: args.subnetId,
      securityGroups: [args.securityGroupId],
      description: `Ray head of ${args.spec.name}: an address that outlives the machine`,
      tags: headTags(args.spec, name),
    },
    { parent },
  );
}

interface ConfigurationArgs extends AwsHeadArgs {
  readonly plan: HeadPlan;
  readonly headAddress: pulumi.Output<string>;
}

function createMachineConfig(parent: pulumi.Resource, name: string, args: ConfigurationArgs): s3.BucketObjectv2 {
  const { spec, plan, agentConfigParameter } = args;
  const content = pulumi
    .all([args.headAddress, args.tokenSecretArn, args.gcsStorage])
    .apply(([headAddress, tokenSecretId, gcsStorage]) =>
      JSON.stringify(headMachineConfig(spec, plan, { headAddress, tokenSecretId, agentConfigParameter, gcsStorage })),
    );
  return new s3.BucketObjectv2(
    name,
    { bucket: args.bucketName, key: machineConfigKey(HEAD_GROUP_NAME), content, contentType: "application/json" },
    { parent },
  );
}

interface InstanceArgs extends AwsHeadArgs {
  readonly plan: HeadPlan;
  readonly networkInterface: ec2.NetworkInterface;
  readonly configuration: s3.BucketObjectv2;
}

function createInstance(parent: pulumi.Resource, name: string, args: InstanceArgs): ec2.Instance {
  const { spec, region, bucketName, manifest } = args;
  const tags = headTags(spec, name);
  return new ec2.Instance(
    name,
    {
      ami: args.imageId,
      instanceType: args.plan.instanceType,
      iamInstanceProfile: args.instanceProfileName,
      primaryNetworkInterface: { networkInterfaceId: args.networkInterface.id },
      userData: machineUserData({ clusterName: spec.name, groupName: HEAD_GROUP_NAME, role: "head", region, bucketName, manifest }),
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1, instanceMetadataTags: "enabled" },
      rootBlockDevice: { volumeSize: spec.head.rootDiskGiB, volumeType: "gp3", encrypted: true, deleteOnTermination: true, tags },
      maintenanceOptions: { autoRecovery: "default" },
      instanceInitiatedShutdownBehavior: "stop",
      tags,
    },
    {
      parent,
      dependsOn: [...args.startAfter, args.configuration],
      ignoreChanges: ["userData", "ami"],
      // The address can be held by one machine at a time.
      deleteBeforeReplace: true,
    },
  );
}
