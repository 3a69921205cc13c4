import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "../../autoscaler-agent/clock";
import { AwsAutoScalingGroupBackend } from "../../autoscaler-agent/nodeGroups/awsAutoScalingGroup";
import type { BackendError } from "../../autoscaler-agent/nodeGroups/backend";
import { CallBudget } from "../../autoscaler-agent/nodeGroups/callBudget";
import type { BackendCall, FaultInjection, InMemoryCloud } from "../../autoscaler-agent/nodeGroups/inMemory";

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

const states = { pending: "Pending", "in-service": "InService", terminating: "Terminating", unknown: "Standby" } as const;

/** Names that AWS gives to refusals. */
const names: Readonly<Record<BackendError["code"], string>> = {
  capacity: "InsufficientInstanceCapacity",
  quota: "LimitExceededFault",
  misconfigured: "ValidationError",
  throttled: "Throttling",
  gone: "ResourceNotFoundException",
  unauthorized: "ExpiredToken",
  unreachable: "TimeoutError",
  unknown: "Teapot",
};

const calledAs: Readonly<Record<string, BackendCall>> = {
  DescribeAutoScalingGroups: "describe",
  DescribeScalingActivities: "launchFailures",
  DescribeInstances: "launchTimes",
  SetDesiredCapacity: "setDesired",
  TerminateInstanceInAutoScalingGroup: "terminate",
};

/** The real AWS backend in front of the in-memory cloud. `calls` gets the name of each call that AWS would count; a fault of one group is a page that gets lost. */
export function awsOverMemory(
  cloud: InMemoryCloud,
  clock: Clock,
  { calls = [], fault = () => undefined }: { calls?: string[]; fault?: FaultInjection } = {},
): AwsAutoScalingGroupBackend {
  const client = {
    send: async (command: Command) => {
      const name = command.constructor.name.replace(/Command$/, "");
      calls.push(name);
      const [call, groupNames] = [calledAs[name], groupsOf(cloud, command)];
      const failing = (moment: "before" | "after") =>
        call === undefined
          ? undefined
          : [undefined, ...groupNames].map((one) => fault(call, moment, one)).find((error) => error !== undefined);
      throwIfAny(failing("before"));
      const answered = answer(cloud, command);
      throwIfAny(failing("after"));
      return answered;
    },
  };
  const [autoScaling, ec2] = [client as unknown as AutoScalingClient, client as unknown as EC2Client];
  return new AwsAutoScalingGroupBackend({ autoScaling, ec2, budget: new CallBudget(clock) });
}

/** The agent's names of the groups that the call is about. */
function groupsOf(cloud: InMemoryCloud, { input }: Command): string[] {
  const owner = ownerOf(cloud, String(input["InstanceId"]));
  const named = [...((input["AutoScalingGroupNames"] as string[] | undefined) ?? []), input["AutoScalingGroupName"], owner];
  return named.flatMap((name) => (typeof name === "string" ? [name.replace(/^demo-/, "")] : []));
}

function ownerOf(cloud: InMemoryCloud, instanceId: string): string | undefined {
  return cloud.groupNames.find((one) => cloud.group(one).instances.some((instance) => instance.instanceId === instanceId));
}

function throwIfAny(error: BackendError | undefined): void {
  if (error !== undefined) throw Object.assign(new Error(error.message), { name: names[error.code] });
}

function answer(cloud: InMemoryCloud, { constructor: { name }, input }: Command): object {
  const groupName = String(input["AutoScalingGroupName"]);
  switch (name) {
    case "DescribeAutoScalingGroupsCommand":
      return { AutoScalingGroups: (input["AutoScalingGroupNames"] as string[]).map((one) => described(cloud, one)) };
    case "DescribeScalingActivitiesCommand":
      return {
        Activities: cloud.group(groupName).failures.map(({ message, atMs, zone }) => ({
          StatusCode: "Failed",
          ...(zone === undefined ? {} : { Details: JSON.stringify({ "Availability Zone": zone }) }),
          Description: "Launching a new EC2 instance",
          StatusMessage: message,
          EndTime: new Date(atMs),
        })),
      };
    case "DescribeInstancesCommand": {
      const [filter] = input["Filters"] as { Values: string[] }[];
      const all = cloud.groupNames.flatMap((one) => cloud.group(one).instances);
      const found = all.filter(({ instanceId }) => filter?.Values.includes(instanceId));
      return {
        Reservations: [
          {
            Instances: found.map(({ instanceId, launchedEpochMs }) => ({ InstanceId: instanceId, LaunchTime: new Date(launchedEpochMs) })),
          },
        ],
      };
    }
    case "SetDesiredCapacityCommand":
      return refusal(cloud.setDesired(groupName, Number(input["DesiredCapacity"])));
    case "TerminateInstanceInAutoScalingGroupCommand": {
      const instanceId = String(input["InstanceId"]);
      const desiredSize = input["ShouldDecrementDesiredCapacity"] === true ? "lower" : "keep";
      return refusal(cloud.terminate(ownerOf(cloud, instanceId) ?? cloud.groupNames[0] ?? "", { instanceId, desiredSize }));
    }
    default:
      throw new Error(`awsOverMemory: unknown call ${name}`);
  }
}

function described(cloud: InMemoryCloud, name: string): object {
  const { desired, min, max, instances, launchSuspended, options } = cloud.group(name);
  return {
    AutoScalingGroupName: name,
    DesiredCapacity: desired,
    MinSize: min,
    MaxSize: max,
    AvailabilityZones: options.zones ?? ["memory-1a"],
    ...(launchSuspended ? { SuspendedProcesses: [{ ProcessName: "Launch" }] } : {}),
    Instances: instances.map((instance) => ({
      InstanceId: instance.instanceId,
      LifecycleState: instance.unusualState ?? states[cloud.lifecycle(instance)],
      ProtectedFromScaleIn: instance.protectedFromScaleIn,
      AvailabilityZone: instance.zone,
      InstanceType: "memory.large",
    })),
  };
}

function refusal(error: { readonly message: string } | undefined): object {
  if (error !== undefined) throw Object.assign(new Error(error.message), { name: "ValidationError" });
  return {};
}
