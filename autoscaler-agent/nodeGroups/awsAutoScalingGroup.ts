import {
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  type Instance,
  type InstancesDistribution,
  SetDesiredCapacityCommand,
  TerminateInstanceInAutoScalingGroupCommand,
} from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import type { AgentGroup } from "../../contract/agentConfig";
import { withDeadline } from "../deadline";
import type { AwsClients } from "./awsClients";
import { awsBackendError } from "./awsErrors";
import { AwsReasons } from "./awsReasons";
import type {
  EndOfInstance,
  GroupInstance,
  InstanceLifecycle,
  LaunchFailure,
  Market,
  NodeGroupBackend,
  NodeGroupObservation,
  NodeGroupState,
  WriteOutcome,
} from "./backend";
import { backendOf } from "./backendOf";
import type { AwsCall } from "./callBudget";

/** Most group names in one DescribeAutoScalingGroups. */
const GROUPS_PER_CALL = 100;
/** DescribeInstances grows slow with many ids. */
const INSTANCES_PER_CALL = 50;
const CALL_DEADLINE_MS = 8_000;

/**
 * Auto Scaling groups as node groups.
 *
 * Calls only DescribeAutoScalingGroups, DescribeScalingActivities, DescribeInstances, GetConsoleOutput, SetDesiredCapacity and
 * TerminateInstanceInAutoScalingGroup. Launch times are remembered while a machine is asked for: it is looked up once.
 *
 * @see docs.aws.amazon.com/autoscaling/ec2/APIReference
 */
export class AwsAutoScalingGroupBackend implements NodeGroupBackend {
  readonly #clients: AwsClients;
  readonly #reasons: AwsReasons;
  #launchTimes = new Map<string, number>();

  constructor(clients: AwsClients) {
    this.#clients = clients;
    this.#reasons = new AwsReasons(clients);
  }

  async describe(groups: readonly AgentGroup[], signal: AbortSignal): Promise<ReadonlyMap<string, NodeGroupObservation>> {
    const batches = await Promise.all(chunks(groups, GROUPS_PER_CALL).map((batch) => this.#describeBatch(batch, signal)));
    return new Map(batches.flat());
  }

  async launchTimes(instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const missing = instanceIds.filter((id) => !this.#launchTimes.has(id));
    for (const batch of chunks(missing, INSTANCES_PER_CALL)) {
      await this.#readLaunchTimes(batch, signal);
    }
    // What is not asked for any more is forgotten: machines come and go for as long as the agent lives.
    this.#launchTimes = new Map(
      instanceIds.flatMap((id) => {
        const launchedMs = this.#launchTimes.get(id);
        return launchedMs === undefined ? [] : [[id, launchedMs] as const];
      }),
    );
    return this.#launchTimes;
  }

  async launchFailures(group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    return await this.#reasons.launchFailures(group, signal);
  }

  async endReasons(group: AgentGroup, instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    return await this.#reasons.endReasons(group, instanceIds, signal);
  }

  async consoleTail(instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    return await this.#reasons.consoleTail(instanceId, signal);
  }

  async setDesired(group: AgentGroup, desired: number, signal: AbortSignal): Promise<WriteOutcome> {
    const command = new SetDesiredCapacityCommand({
      AutoScalingGroupName: autoScalingGroupName(group),
      DesiredCapacity: desired,
      HonorCooldown: false,
    });
    return await this.#write({ name: "SetDesiredCapacity", call: "size" }, signal, (abortSignal) =>
      this.#clients.autoScaling.send(command, { abortSignal }),
    );
  }

  async terminate(_group: AgentGroup, end: EndOfInstance, signal: AbortSignal): Promise<WriteOutcome> {
    const command = new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: end.instanceId,
      ShouldDecrementDesiredCapacity: end.desiredSize === "lower",
    });
    return await this.#write({ name: "TerminateInstanceInAutoScalingGroup", call: "end" }, signal, (abortSignal) =>
      this.#clients.autoScaling.send(command, { abortSignal }),
    );
  }

  async #describeBatch(batch: readonly AgentGroup[], signal: AbortSignal): Promise<[string, NodeGroupObservation][]> {
    if (!this.#clients.budget.take("read-groups")) {
      const error = { code: "throttled", message: "DescribeAutoScalingGroups: the agent's own budget of calls is used up" } as const;
      return batch.map((group) => [group.groupName, { kind: "unknown", error }]);
    }
    try {
      const found = await this.#readGroups(
        batch.map((group) => autoScalingGroupName(group)),
        signal,
      );
      return batch.map((group) => [group.groupName, observation(group, found.get(autoScalingGroupName(group)))]);
    } catch (thrown) {
      signal.throwIfAborted();
      const error = awsBackendError("DescribeAutoScalingGroups", thrown);
      return batch.map((group) => [group.groupName, { kind: "unknown", error }]);
    }
  }

  async #readGroups(names: string[], signal: AbortSignal): Promise<ReadonlyMap<string, AutoScalingGroup>> {
    const found = new Map<string, AutoScalingGroup>();
    const abortSignal = withDeadline(signal, CALL_DEADLINE_MS);
    let nextToken: string | undefined;
    do {
      const command = new DescribeAutoScalingGroupsCommand({
        AutoScalingGroupNames: names,
        MaxRecords: GROUPS_PER_CALL,
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      });
      const page = await this.#clients.autoScaling.send(command, { abortSignal });
      for (const group of page.AutoScalingGroups ?? []) {
        found.set(group.AutoScalingGroupName ?? "", group);
      }
      nextToken = page.NextToken;
    } while (nextToken !== undefined);
    return found;
  }

  async #readLaunchTimes(instanceIds: string[], signal: AbortSignal): Promise<void> {
    if (!this.#clients.budget.take("read-instances")) return;
    // A filter, not InstanceIds: one id that EC2 does not know yet would fail the whole call.
    const command = new DescribeInstancesCommand({ Filters: [{ Name: "instance-id", Values: instanceIds }] });
    try {
      const reply = await this.#clients.ec2.send(command, { abortSignal: withDeadline(signal, CALL_DEADLINE_MS) });
      for (const instance of (reply.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? [])) {
        if (instance.InstanceId !== undefined && instance.LaunchTime !== undefined) {
          this.#launchTimes.set(instance.InstanceId, instance.LaunchTime.getTime());
        }
      }
    } catch {
      // Then the agent counts from when it first saw the machine, which is later and so only more patient.
      signal.throwIfAborted();
    }
  }

  async #write(
    { name, call }: { name: string; call: AwsCall },
    signal: AbortSignal,
    send: (abortSignal: AbortSignal) => Promise<unknown>,
  ): Promise<WriteOutcome> {
    if (!this.#clients.budget.take(call)) {
      return { kind: "skipped", reason: `${name}: the agent's own budget of calls is used up; tried again in the next tick` };
    }
    try {
      await send(withDeadline(signal, CALL_DEADLINE_MS));
      return { kind: "done" };
    } catch (thrown) {
      signal.throwIfAborted();
      return { kind: "failed", error: awsBackendError(name, thrown) };
    }
  }
}

function autoScalingGroupName(group: AgentGroup): string {
  return backendOf(group, "aws-auto-scaling-group").autoScalingGroupName;
}

/** A group that is not there is unknown too: it may be made in this minute, and nothing may be concluded for its machines. */
function observation(group: AgentGroup, found: AutoScalingGroup | undefined): NodeGroupObservation {
  if (found === undefined) {
    const name = autoScalingGroupName(group);
    return { kind: "unknown", error: { code: "gone", message: `DescribeAutoScalingGroups: there is no group "${name}"` } };
  }
  if (found.Status !== undefined) {
    return { kind: "unknown", error: { code: "gone", message: `DescribeAutoScalingGroups: the group is being deleted (${found.Status})` } };
  }
  const state = groupState(found);
  return state === undefined
    ? { kind: "unknown", error: { code: "unknown", message: "DescribeAutoScalingGroups: the answer lacks sizes or instance ids" } }
    : { kind: "known", state };
}

/** Undefined when something is missing: a size that was not said is not 0. AWS leaves out only an empty list of instances. */
function groupState(group: AutoScalingGroup): NodeGroupState | undefined {
  const { DesiredCapacity: desired, MinSize: min, MaxSize: max, Instances: instances = [] } = group;
  if (desired === undefined || min === undefined || max === undefined || instances.some(({ InstanceId: id }) => !id)) {
    return undefined;
  }
  return {
    desired,
    min,
    max,
    instances: instances.map(groupInstance).filter((instance) => !instance.cloudState.startsWith("Warmed:")),
    launchSuspended: (group.SuspendedProcesses ?? []).some((process) => process.ProcessName === "Launch"),
    zones: group.AvailabilityZones ?? [],
    markets: groupMarkets(group.MixedInstancesPolicy?.InstancesDistribution),
  };
}

/** Without a mixed instances policy the launch template alone says, and it is not read: one market, whatever its name. */
function groupMarkets(distribution: InstancesDistribution | undefined): readonly Market[] {
  const { OnDemandBaseCapacity: base = 0, OnDemandPercentageAboveBaseCapacity: percentage = 100 } = distribution ?? {};
  if (percentage === 100) return ["on-demand"];
  return percentage === 0 && base === 0 ? ["spot"] : ["on-demand", "spot"];
}

const lifecycles: Readonly<Record<string, InstanceLifecycle>> = {
  Pending: "pending",
  "Pending:Wait": "pending",
  "Pending:Proceed": "pending",
  InService: "in-service",
  Terminating: "terminating",
  "Terminating:Wait": "terminating",
  "Terminating:Proceed": "terminating",
  Terminated: "terminating",
};

/** Auto Scaling lowers or refills its desired size at once when a machine enters one of these. */
const outsideDesired = /^(?:Terminat|Detach|EnteringStandby|Standby)/;

function groupInstance(instance: Instance): GroupInstance {
  const cloudState = instance.LifecycleState ?? "";
  return {
    instanceId: instance.InstanceId ?? "",
    lifecycle: lifecycles[cloudState] ?? "unknown",
    cloudState,
    instanceType: instance.InstanceType ?? "",
    zone: instance.AvailabilityZone ?? "",
    fillsDesired: !outsideDesired.test(cloudState),
    protectedFromScaleIn: instance.ProtectedFromScaleIn ?? false,
  };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
