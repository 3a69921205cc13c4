import { idleTimeout } from "../autoscaler-agent/decide/tick/idleTimeout";
import { planLimits } from "../components/plan/limits";
import { parseClusterSpec } from "../components/plan/parseClusterSpec";
import { planWorkerGroups, type WorkerGroupPlan } from "../components/plan/workerGroups";
import type { DecisionGroup } from "../contract/decision";
import { defaultBootSeconds, type Setup } from "./simulate/setup";
import { readStackCluster, specError } from "./stackFile";

/**
 * The worker groups and limits of `stacks/Pulumi.<name>.yaml` in the current folder, as its agent would have them.
 *
 * @param bootSeconds of every group; worked-out idle time-outs follow from it
 * @throws InputError with every mistake in the stack file
 */
export function readStackSetup(name: string, bootSeconds = defaultBootSeconds): Setup {
  const parsed = parseClusterSpec(readStackCluster(name), { stackName: name });
  if ("problems" in parsed) throw specError(parsed.problems);
  const spec = parsed.ok;
  const plans = planWorkerGroups(spec);
  return {
    name: `stack ${name}`,
    groups: plans.map((plan) => ({
      group: decisionGroup(plan, bootSeconds),
      bootSeconds,
      spot: plan.spec.capacityType !== "on-demand",
    })),
    limits: planLimits(spec, plans),
  };
}

function decisionGroup(plan: WorkerGroupPlan, bootSeconds: number): DecisionGroup {
  const { idleTimeoutSeconds: set, pricePerHourUsd } = plan;
  return {
    groupName: plan.groupName,
    resources: { ...plan.resources },
    labels: { ...plan.labels },
    minReplicas: plan.spec.minReplicas,
    maxReplicas: plan.spec.maxReplicas,
    idleTimeoutSeconds: idleTimeout({ set, scheduled: undefined, pricePerHourUsd, bootSeconds, regretWeight: 0 }).seconds,
    ...(pricePerHourUsd === undefined ? {} : { pricePerHourUsd }),
    priority: plan.spec.priority,
  };
}
