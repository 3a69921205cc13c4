import { join } from "node:path";
import { parse } from "yaml";
import { idleTimeout } from "../autoscaler-agent/decide/tick/idleTimeout";
import { planLimits } from "../components/plan/limits";
import { parseClusterSpec } from "../components/plan/parseClusterSpec";
import { formatSpecProblem, type SpecProblem } from "../components/plan/specProblem";
import { planWorkerGroups, type WorkerGroupPlan } from "../components/plan/workerGroups";
import type { DecisionGroup } from "../contract/decision";
import { InputError, inputError, messageOf, readInputFile } from "./inputError";
import { defaultBootSeconds, type Setup } from "./simulate/setup";

/**
 * The worker groups and limits of `stacks/Pulumi.<name>.yaml` in the current folder, as its agent would have them.
 *
 * @param bootSeconds of every group; worked-out idle time-outs follow from it
 * @throws InputError with every mistake in the stack file
 */
export function readStackSetup(name: string, bootSeconds = defaultBootSeconds): Setup {
  if (!/^[\w.-]+$/.test(name)) {
    throw inputError({
      path: "--stack",
      problem: "is no name of a stack",
      got: JSON.stringify(name),
      expected: "letters, digits, dots, dashes and underscores",
      fix: "Name a stack of the folder stacks.",
    });
  }
  const parsed = parseClusterSpec(clusterOf(readInputFile("--stack", join("stacks", `Pulumi.${name}.yaml`)).toString("utf8")), {
    stackName: name,
  });
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

function clusterOf(text: string): unknown {
  try {
    const file: unknown = parse(text);
    const config: unknown = typeof file === "object" && file !== null && "config" in file ? file.config : undefined;
    return typeof config === "object" && config !== null && "rayfleet:cluster" in config ? config["rayfleet:cluster"] : undefined;
  } catch (error) {
    throw inputError({
      path: "--stack",
      problem: "is not YAML",
      got: `${text.length} characters`,
      expected: "a stack file",
      fix: `${messageOf(error)}.`,
    });
  }
}

function specError(problems: readonly SpecProblem[]): Error {
  const [first, ...others] = problems.map((problem) => ({ path: problem.path, message: formatSpecProblem(problem) }));
  return new InputError(first ?? { path: "rayfleet:cluster", message: "rayfleet:cluster: cannot be used." }, others);
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
