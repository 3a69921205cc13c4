import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { Clock } from "../../autoscaler-agent/clock";
import { AwsAutoScalingGroupBackend } from "../../autoscaler-agent/nodeGroups/awsAutoScalingGroup";
import { CallBudget } from "../../autoscaler-agent/nodeGroups/callBudget";
import type { InMemoryCloud } from "../../autoscaler-agent/nodeGroups/inMemory";

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

const states = { pending: "Pending", "in-service": "InService", terminating: "Terminating", unknown: "Standby" } as const;

/** The real AWS backend in front of the in-memory cloud. `calls` gets the name of each call that AWS would count. */
export function awsOverMemory(cloud: InMemoryCloud, clock: Clock, calls: string[]): AwsAutoScalingGroupBackend {
  const client = {
    send: async (command: Command) => {
      calls.push(command.constructor.name.replace(/Command$/, ""));
      return answer(cloud, command);
    },
  };
  const [autoScaling, ec2] = [client as unknown as AutoScalingClient, client as unknown as EC2Client];
  return new AwsAutoScalingGroupBackend({ autoScaling, ec2, budget: new CallBudget(clock) });
}

function answer(cloud: InMemoryCloud, { constructor: { name }, input }: Command): object {
  const groupName = String(input["AutoScalingGroupName"]);
  switch (name) {
    case "DescribeAutoScalingGroupsCommand":
      return { AutoScalingGroups: (input["AutoScalingGroupNames"] as string[]).map((one) => described(cloud, one)) };
    case "DescribeScalingActivitiesCommand":
      return {
        Activities: cloud.group(groupName).failures.map(({ message, atMs }) => ({
          StatusCode: "Failed",
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
      const owner = cloud.groupNames.find((one) => cloud.group(one).instances.some((instance) => instance.instanceId === instanceId)) ?? "";
      const desiredSize = input["ShouldDecrementDesiredCapacity"] === true ? "lower" : "keep";
      return refusal(cloud.terminate(owner, { instanceId, desiredSize }));
    }
    default:
      throw new Error(`awsOverMemory: unknown call ${name}`);
  }
}

function described(cloud: InMemoryCloud, name: string): object {
  const { desired, min, max, instances } = cloud.group(name);
  return {
    AutoScalingGroupName: name,
    DesiredCapacity: desired,
    MinSize: min,
    MaxSize: max,
    AvailabilityZones: ["memory-1a"],
    Instances: instances.map((instance) => ({
      InstanceId: instance.instanceId,
      LifecycleState: states[cloud.lifecycle(instance)],
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
