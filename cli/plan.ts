import { decide } from "../autoscaler-agent/decide/decide";
import { parseDecisionRequest } from "../autoscaler-agent/decide/parseDecisionRequest";
import type { DecisionReply, DecisionRequest } from "../contract/decision";
import type { Command } from "./command";
import { readFlags, required } from "./flags";
import { InputError, inputError, readInputJson, withInputErrors } from "./inputError";
import { type Alternatives, alternativesOf } from "./plan/alternatives";
import { planText } from "./plan/planText";
import type { Setup } from "./simulate/setup";
import { readStackSetup } from "./stackSetup";

/** What would be bought for a demand, from nothing. */
export interface PurchasePlan {
  readonly stack: string;
  readonly buy: readonly {
    readonly groupName: string;
    readonly count: number;
    /** Of all of them; absent: the price is not known. */
    readonly costPerHourUsd?: number;
    readonly reasons: DecisionReply["launch"][number]["reasons"];
  }[];
  readonly costPerHourUsd: number;
  readonly lowerBoundPerHourUsd: number;
  readonly infeasible: DecisionReply["infeasible"];
  readonly overLimit: DecisionReply["overLimit"];
  /** For each shape that is asked for: what each group has to say to it. */
  readonly alternatives: readonly Alternatives[];
}

/** `rayfleet plan`: what a demand would be served with, at what cost, and why not with something else. */
export const planCommand: Command = {
  name: "plan",
  usage: "plan --demand FILE --stack NAME [--json]",
  purpose: "say what would be bought for a demand, at what cost, and why not something else",
  run: (args) => withInputErrors(() => runPlan(args)),
};

function runPlan(args: readonly string[]): string {
  const { demand, stack, json } = readOptions(args);
  const setup = readStackSetup(stack);
  const plan = planPurchase(readDemand(demand, setup), stack);
  return json ? JSON.stringify(plan, null, 2) : planText(plan);
}

function readOptions(args: readonly string[]): { demand: string; stack: string; json: boolean } {
  const options = { demand: { type: "string" }, stack: { type: "string" }, json: { type: "boolean" } } as const;
  const { demand, stack, json } = readFlags(args, options, "--demand FILE --stack NAME, and --json if wanted");
  return {
    demand: required("--demand", demand, "a file with demands, gangs or requested"),
    stack: required("--stack", stack, "the name of a stack"),
    json: json === true,
  };
}

const demandKeys: readonly string[] = ["demands", "gangs", "requested"];

/** The demand as a request on an empty cluster. The rate of growth is left out: it says when nodes start, not which. */
function readDemand(file: string, { groups, limits }: Setup): DecisionRequest {
  const value = readInputJson("--demand", file);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notADemand(JSON.stringify(value).slice(0, 60));
  const unknown = Object.keys(value).find((key) => !demandKeys.includes(key));
  if (unknown !== undefined) throw notADemand(`the key ${JSON.stringify(unknown)}`);
  const { upscalingSpeed: _, ...lasting } = limits;
  const parsed = parseDecisionRequest({
    groups: groups.map(({ group }) => group),
    nodes: [],
    demands: [],
    gangs: [],
    requested: [],
    limits: lasting,
    ...value,
  });
  if (parsed.ok) return parsed.request;
  const [first, ...others] = parsed.problems;
  throw new InputError(first, others);
}

function notADemand(got: string): Error {
  return inputError({
    path: "--demand",
    problem: "is not a demand",
    got,
    expected: `one JSON object with ${demandKeys.join(", ")}`,
    fix: "They have the form that a decision request gives them; see docs/simulate.md.",
  });
}

/** What the chooser makes of the request, with every group's standing to every shape. */
export function planPurchase(request: DecisionRequest, stack: string): PurchasePlan {
  const { launch, infeasible, overLimit, costPerHourUsd, lowerBoundPerHourUsd } = decide(request);
  const prices = new Map(request.groups.map((group) => [group.groupName, group.pricePerHourUsd]));
  return {
    stack,
    buy: launch.map(({ groupName, count, reasons }) => {
      const price = prices.get(groupName);
      return { groupName, count, ...(price === undefined ? {} : { costPerHourUsd: count * price }), reasons };
    }),
    costPerHourUsd,
    lowerBoundPerHourUsd,
    infeasible,
    overLimit,
    alternatives: alternativesOf(request),
  };
}
