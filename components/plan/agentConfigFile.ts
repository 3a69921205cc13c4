import { type AgentConfig, agentConfigSchema } from "../../contract/agentConfig";
import type { ClusterSpec } from "../../contract/clusterSpec";
import { nodePorts } from "../../contract/ports";
import { planLimits } from "./limits";
import { BOOT_REPORT_PREFIX, METRIC_NAMESPACE } from "./policies";
import type { SpecProblem } from "./specProblem";
import { planWorkerGroups, type WorkerGroupPlan } from "./workerGroups";

/** Bytes that an SSM parameter of the advanced tier holds at most. */
const MAX_PARAMETER_BYTES = 8192;

/** Longer than any name that Pulumi makes for a group of this cluster: its own name, a dash and seven random digits. */
const LONGEST_GROUP_NAME_SUFFIX = "-worker--0123456";

/** What is known only once the cluster's resources exist. */
export interface AgentConfigFacts {
  readonly region: string;
  readonly bucket: string;
  readonly noticeQueueUrl: string;
  /** Worker group name → Auto Scaling group name. */
  readonly autoScalingGroupNames: Readonly<Record<string, string>>;
}

/** A cluster whose configuration the agent could not be given. */
export class AgentConfigError extends Error {
  override readonly name = "AgentConfigError";
}

function agentGroup(plan: WorkerGroupPlan, autoScalingGroupName: string | undefined): AgentConfig["groups"][number] {
  if (autoScalingGroupName === undefined) {
    throw new AgentConfigError(
      `workerGroups.${plan.groupName}: has no Auto Scaling group; expected one for each worker group. Report this as a bug.`,
    );
  }
  const { spec } = plan;
  return {
    groupName: plan.groupName,
    backend: { kind: "aws-auto-scaling-group", autoScalingGroupName },
    resources: { ...plan.resources },
    labels: { ...plan.labels },
    minReplicas: spec.minReplicas,
    maxReplicas: spec.maxReplicas,
    idleTimeoutSeconds: plan.idleTimeoutSeconds,
    bootDeadlineSeconds: spec.bootDeadlineSeconds,
    ...(plan.pricePerHourUsd === undefined ? {} : { pricePerHourUsd: plan.pricePerHourUsd }),
    priority: spec.priority,
    instanceTypes: [...plan.instanceTypes],
  };
}

/**
 * The agent's configuration.
 *
 * @throws AgentConfigError when a worker group has no Auto Scaling group
 */
export function planAgentConfig(spec: ClusterSpec, plans: readonly WorkerGroupPlan[], facts: AgentConfigFacts): AgentConfig {
  return agentConfigSchema.parse({
    schemaVersion: 1,
    clusterName: spec.name,
    region: facts.region,
    groups: plans.map((plan) => agentGroup(plan, facts.autoScalingGroupNames[plan.groupName])),
    ...(spec.schedules.length === 0 ? {} : { schedules: [...spec.schedules] }),
    limits: planLimits(spec, plans),
    tickSeconds: spec.agent.tickSeconds,
    dryRun: spec.agent.dryRun,
    bootReports: { bucket: facts.bucket, prefix: BOOT_REPORT_PREFIX },
    notices: { queueUrl: facts.noticeQueueUrl },
    metrics: { host: spec.access.scrapers.length === 0 ? "127.0.0.1" : "0.0.0.0", port: nodePorts.agentMetrics },
    heartbeatNamespace: METRIC_NAMESPACE,
  });
}

/** The configuration as the parameter's text: JSON without spaces, because the room is short. */
export function renderAgentConfig(config: AgentConfig): string {
  return JSON.stringify(config);
}

/** What is wrong when the agent's configuration cannot fit into its parameter (8 KiB, some twenty worker groups); undefined when it fits. */
export function agentConfigRoomProblem(spec: ClusterSpec): SpecProblem | undefined {
  const plans = planWorkerGroups(spec);
  const longest = planAgentConfig(spec, plans, {
    region: "us-northwest-99",
    bucket: "b".repeat(63),
    noticeQueueUrl: `https://sqs.us-northwest-99.amazonaws.com/123456789012/${spec.name}-notices-0123456`,
    autoScalingGroupNames: Object.fromEntries(
      plans.map((plan) => [plan.groupName, `${spec.name}${LONGEST_GROUP_NAME_SUFFIX}${plan.groupName}`]),
    ),
  });
  const bytes = new TextEncoder().encode(renderAgentConfig(longest)).length;
  if (bytes <= MAX_PARAMETER_BYTES) return undefined;
  return {
    path: "workerGroups",
    problem: "need too much room in the agent's parameter",
    got: `${plans.length} groups in ${bytes} bytes`,
    expected: `at most ${MAX_PARAMETER_BYTES} bytes`,
    fix: "Merge groups that differ little, or shorten their labels and lists of instance types.",
  };
}
