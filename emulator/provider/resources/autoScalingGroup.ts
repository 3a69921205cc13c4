import {
  type AutoScalingGroup,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  EnableMetricsCollectionCommand,
  type MixedInstancesPolicy,
  ResumeProcessesCommand,
  SuspendProcessesCommand,
  UpdateAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import type { GroupArgs, GroupState } from "@pulumi/aws/autoscaling/group";
import { ignoreGone } from "../awsError";
import type { AwsSession } from "../awsSession";
import { pascalKeys, REQUIREMENT_NAMES } from "../pascalKeys";
import { defineResourceType, type ExistingResource, type InputsOf, type UpdateRequest } from "../resourceType";
import { waitUntil } from "../waitUntil";

type Inputs = InputsOf<GroupArgs>;

/** Time a group may take until its last machine is gone. */
const DELETE_TIMEOUT_SECONDS = 900;

async function describe(aws: AwsSession, name: string): Promise<AutoScalingGroup | undefined> {
  const { AutoScalingGroups } = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return AutoScalingGroups?.[0];
}

function mixedInstancesPolicy(inputs: Inputs): MixedInstancesPolicy | undefined {
  const policy = inputs.mixedInstancesPolicy;
  if (policy === undefined) return undefined;
  const { launchTemplate, instancesDistribution } = policy;
  return {
    LaunchTemplate: {
      LaunchTemplateSpecification: pascalKeys(launchTemplate.launchTemplateSpecification),
      Overrides: pascalKeys(launchTemplate.overrides ?? [], REQUIREMENT_NAMES) as object[],
    },
    ...(instancesDistribution === undefined ? {} : { InstancesDistribution: pascalKeys(instancesDistribution) }),
  };
}

/**
 * Everything that can be both made and changed, desired capacity apart. Always sent whole: the mixed instances policy is dropped by an update
 * that does not repeat it.
 */
function definition(inputs: Inputs): Omit<CreateAutoScalingGroupCommandInput, "AutoScalingGroupName" | "MinSize" | "MaxSize"> {
  const template = inputs.launchTemplate;
  const maintenance = inputs.instanceMaintenancePolicy;
  return {
    VPCZoneIdentifier: inputs.vpcZoneIdentifiers?.join(","),
    AvailabilityZones: inputs.availabilityZones,
    MixedInstancesPolicy: mixedInstancesPolicy(inputs),
    ...(template === undefined
      ? {}
      : { LaunchTemplate: { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: template.version } }),
    NewInstancesProtectedFromScaleIn: inputs.protectFromScaleIn,
    CapacityRebalance: inputs.capacityRebalance,
    DefaultCooldown: inputs.defaultCooldown,
    DefaultInstanceWarmup: inputs.defaultInstanceWarmup,
    HealthCheckGracePeriod: inputs.healthCheckGracePeriod,
    HealthCheckType: inputs.healthCheckType,
    MaxInstanceLifetime: inputs.maxInstanceLifetime,
    PlacementGroup: inputs.placementGroup,
    TerminationPolicies: inputs.terminationPolicies,
    ...(maintenance === undefined ? {} : { InstanceMaintenancePolicy: pascalKeys(maintenance) }),
  };
}

const groupTag = (name: string) => ({ ResourceId: name, ResourceType: "auto-scaling-group" });

const tagList = (name: string, inputs: Inputs) =>
  (inputs.tags ?? []).map(({ key, value, propagateAtLaunch }) => ({
    Key: key,
    Value: value,
    PropagateAtLaunch: propagateAtLaunch,
    ...groupTag(name),
  }));

async function setSuspendedProcesses(aws: AwsSession, AutoScalingGroupName: string, wanted: readonly string[]): Promise<void> {
  const suspended = ((await describe(aws, AutoScalingGroupName))?.SuspendedProcesses ?? []).map((process) => process.ProcessName ?? "");
  const toSuspend = wanted.filter((process) => !suspended.includes(process));
  const toResume = suspended.filter((process) => !wanted.includes(process));
  if (toSuspend.length > 0) await aws.autoScaling.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: toSuspend }));
  if (toResume.length > 0) await aws.autoScaling.send(new ResumeProcessesCommand({ AutoScalingGroupName, ScalingProcesses: toResume }));
}

async function setMetrics(aws: AwsSession, AutoScalingGroupName: string, inputs: Partial<Inputs>): Promise<void> {
  if ((inputs.enabledMetrics ?? []).length === 0) return;
  const Granularity = inputs.metricsGranularity ?? "1Minute";
  await aws.autoScaling.send(
    new EnableMetricsCollectionCommand({ AutoScalingGroupName, Metrics: [...(inputs.enabledMetrics ?? [])], Granularity }),
  );
}

async function updateTags({ id, aws, inputs, previousInputs }: UpdateRequest<Inputs, GroupState>): Promise<void> {
  const next = tagList(id, inputs);
  const kept = new Set(next.map((tag) => tag.Key));
  const removed = tagList(id, previousInputs).filter((tag) => !kept.has(tag.Key));
  if (removed.length > 0)
    await aws.autoScaling.send(
      new DeleteTagsCommand({ Tags: removed.map(({ Key, ResourceId, ResourceType }) => ({ Key, ResourceId, ResourceType })) }),
    );
  if (next.length > 0) await aws.autoScaling.send(new CreateOrUpdateTagsCommand({ Tags: next }));
}

/** Machines that carry the group's name and are not terminated yet; asked of EC2, because a deleted group lists nothing. */
async function machinesOf(aws: AwsSession, name: string): Promise<{ id: string; isEnding: boolean }[]> {
  const Filters = [
    { Name: "tag:aws:autoscaling:groupName", Values: [name] },
    { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped", "shutting-down"] },
  ];
  const { Reservations } = await aws.ec2.send(new DescribeInstancesCommand({ Filters }));
  return (Reservations ?? [])
    .flatMap((reservation) => reservation.Instances ?? [])
    .map((machine) => ({ id: machine.InstanceId ?? "", isEnding: machine.State?.Name === "shutting-down" }));
}

async function remove({ id, inputs, aws, signal }: ExistingResource<Inputs, GroupState>): Promise<void> {
  const group = await describe(aws, id);
  if (group !== undefined && inputs.forceDelete !== true) {
    // Without force, machines leave by the group's own hand first, and it refuses while one is protected: as on AWS.
    await aws.autoScaling.send(new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: id, MinSize: 0, MaxSize: 0, DesiredCapacity: 0 }));
    await waitUntil(
      `Auto Scaling group ${id} becoming empty`,
      { signal, timeoutSeconds: DELETE_TIMEOUT_SECONDS },
      async () => ((await describe(aws, id))?.Instances ?? []).length === 0,
    );
  }
  const ForceDelete = inputs.forceDelete === true;
  await ignoreGone(
    group === undefined
      ? Promise.resolve()
      : aws.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: id, ForceDelete })),
  );
  await waitUntil(
    `the machines of Auto Scaling group ${id} being terminated`,
    { signal, timeoutSeconds: DELETE_TIMEOUT_SECONDS },
    async () => {
      const machines = await machinesOf(aws, id);
      // The API emulator leaves protected members running when their group goes; AWS ends them.
      const InstanceIds = machines.filter((machine) => !machine.isEnding).map((machine) => machine.id);
      if (InstanceIds.length > 0) await ignoreGone(aws.ec2.send(new TerminateInstancesCommand({ InstanceIds })));
      return machines.length === 0;
    },
  );
}

export const autoScalingGroup = defineResourceType<GroupArgs, GroupState>({
  nameProperty: "name",
  required: ["maxSize", "minSize"],
  replaceOn: ["name", "namePrefix"],
  updateOn: [
    "availabilityZones",
    "capacityRebalance",
    "defaultCooldown",
    "defaultInstanceWarmup",
    "desiredCapacity",
    "enabledMetrics",
    "forceDelete",
    "healthCheckGracePeriod",
    "healthCheckType",
    "instanceMaintenancePolicy",
    "launchTemplate",
    "maxInstanceLifetime",
    "maxSize",
    "metricsGranularity",
    "minSize",
    "mixedInstancesPolicy",
    "placementGroup",
    "protectFromScaleIn",
    "suspendedProcesses",
    "tags",
    "terminationPolicies",
    "vpcZoneIdentifiers",
    "waitForCapacityTimeout",
  ],
  create: async ({ inputs, aws, name }) => {
    // AWS refuses a second group of one name; the API emulator would replace the first and orphan its machines.
    if ((await describe(aws, name)) !== undefined)
      throw new Error(`name: an Auto Scaling group of this name exists already; got "${name}". Choose another name or remove that group.`);
    await aws.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        MinSize: inputs.minSize,
        MaxSize: inputs.maxSize,
        DesiredCapacity: inputs.desiredCapacity,
        Tags: tagList(name, inputs),
        ...definition(inputs),
      }),
    );
    return name;
  },
  complete: async ({ id, inputs, aws }) => {
    await setSuspendedProcesses(aws, id, inputs.suspendedProcesses ?? []);
    await setMetrics(aws, id, inputs);
  },
  find: async ({ name, aws }) => (await describe(aws, name))?.AutoScalingGroupName,
  read: async ({ id, aws }) => {
    const found = await describe(aws, id);
    return (
      found && {
        arn: found.AutoScalingGroupARN,
        name: found.AutoScalingGroupName,
        availabilityZones: found.AvailabilityZones,
        desiredCapacity: found.DesiredCapacity,
        maxSize: found.MaxSize,
        minSize: found.MinSize,
        protectFromScaleIn: found.NewInstancesProtectedFromScaleIn,
        suspendedProcesses: (found.SuspendedProcesses ?? []).map((process) => process.ProcessName ?? "").sort(),
        vpcZoneIdentifiers: found.VPCZoneIdentifier?.split(",").filter((zone) => zone !== ""),
        tags: (found.Tags ?? [])
          .map((tag) => ({ key: tag.Key ?? "", value: tag.Value ?? "", propagateAtLaunch: tag.PropagateAtLaunch ?? false }))
          .sort((left, right) => (left.key < right.key ? -1 : 1)),
      }
    );
  },
  update: async (request) => {
    const { id, aws, inputs, previousInputs } = request;
    await aws.autoScaling.send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: id,
        MinSize: inputs.minSize,
        MaxSize: inputs.maxSize,
        // Only when the program itself changed it: otherwise it belongs to whoever scales the group.
        DesiredCapacity: inputs.desiredCapacity === previousInputs.desiredCapacity ? undefined : inputs.desiredCapacity,
        ...definition(inputs),
      }),
    );
    await updateTags(request);
    await setSuspendedProcesses(aws, id, inputs.suspendedProcesses ?? []);
    await setMetrics(aws, id, inputs);
  },
  delete: remove,
});
