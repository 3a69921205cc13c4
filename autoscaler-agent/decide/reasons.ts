import type { DecisionReasonCode, Reason } from "../../contract/decision";
import type { Blocker } from "./blocker";
import type { Bought, PurchaseCode } from "./market";
import type { GroupModel, NodeModel, Problem } from "./problem";
import { compareText, shapeText } from "./resources";

/** Shapes that a sentence names before it only counts them. */
const mostShapesNamed = 3;

function usd(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

/** Why nothing more is bought for work that a group could serve. */
export function blockedReason({ limits }: Problem, { code, group, quota }: Blocker): Reason {
  const name = group?.groupName ?? "";
  switch (code) {
    case "group-max-replicas":
      return { code, text: `Worker group ${name} may have at most ${group?.maxReplicas ?? 0} nodes (maxReplicas).` };
    case "cluster-max-replicas":
      return { code, text: `The cluster may have at most ${limits.maxReplicas ?? 0} workers (limits.maxReplicas).` };
    case "hourly-budget":
      return {
        code,
        text: `One more node of ${name} at ${usd(group?.pricePerHourUsd ?? 0)} an hour would go over the budget of ${usd(limits.maxHourlyUsd ?? 0)}.`,
      };
    case "vcpu-quota":
      return {
        code,
        text: `The vCPU quota "${quota?.name ?? ""}" allows ${quota?.maxVcpus ?? 0}; ${quota?.usedVcpus ?? 0} are in use or bought, and one more node of ${name} needs ${quota?.vcpusPerNode ?? 0}.`,
      };
    case "group-unavailable":
      return { code, text: `Worker group ${name} could serve it, and no new node of it can be had now.` };
    case "only-busy-nodes-fit":
      return { code, text: "No worker group could serve it, and the nodes that could are busy with other work." };
  }
}

/** Why work has to wait for nodes that are planned. */
export function laterReason({ limits }: Problem): Reason {
  return {
    code: "upscaling-speed",
    text: `The nodes for it start later: of one group at most 5, or ${limits.upscalingSpeed ?? 1} times those that run, start at a time (limits.upscalingSpeed).`,
  };
}

export function contradictionReason(text: string): Reason {
  return { code: "contradictory-constraints", text: `No cluster could hold this gang: ${text}.` };
}

/** Why nodes are launched, one reason for each purpose. */
export function launchReasons({ minReplicas }: GroupModel, bought: readonly Bought[]): readonly Reason[] {
  const codes = [...new Set(bought.filter(({ now }) => now > 0).map(({ code }) => code))].sort(compareText);
  return codes.map((code) => ({ code, text: launchText(code, { minReplicas, bought: bought.filter((one) => one.code === code) }) }));
}

function launchText(code: PurchaseCode, { minReplicas, bought }: { minReplicas: number; bought: readonly Bought[] }): string {
  switch (code) {
    case "min-replicas":
      return `The group is kept at ${minReplicas} nodes or more (minReplicas).`;
    case "pending-demand":
      return `Work is waiting that no node there is could take: ${contentsText(bought)}.`;
    case "pending-gang":
      return `Placement groups are waiting that the nodes there are could not take: ${contentsText(bought)}.`;
    case "requested-resources":
      return `The cluster was asked to be large enough for ${contentsText(bought)}.`;
    case "empty-shape":
      return "Work that asks for no resources is waiting, and there is no node that it may be on.";
  }
}

function contentsText(bought: readonly Bought[]): string {
  const pieces = new Map<string, number>();
  for (const { contents, now } of bought) {
    for (const { shape, times } of contents) {
      const text = shapeText(shape);
      pieces.set(text, (pieces.get(text) ?? 0) + times * now);
    }
  }
  const sorted = [...pieces].sort(([one, many], [other, more]) => more - many || compareText(one, other));
  const named = sorted.slice(0, mostShapesNamed).map(([text, count]) => `${count} × ${text}`);
  const rest = sorted.length - named.length;
  return rest > 0 ? `${named.join(", ")} and ${rest} more shapes` : named.join(", ");
}

export function idleReason({ idleSeconds = 0, group }: NodeModel): Reason {
  return {
    code: "idle-timeout-reached",
    text: `It has had no work for ${Math.floor(idleSeconds)} s; the time-out is ${group?.idleTimeoutSeconds ?? 0} s.`,
  };
}

export function surplusReason({ group }: NodeModel, most: number, whose: "group" | "cluster"): Reason {
  const owner = whose === "group" ? `worker group ${group?.groupName ?? ""}` : "the cluster";
  return { code: "above-max-replicas", text: `It has no work, and ${owner} has more than its ${most} nodes (maxReplicas).` };
}

const keptTexts = {
  "kept-for-min-replicas": "It is idle for long enough to be ended, and its group would have fewer nodes than minReplicas.",
  "kept-for-demand": "It is idle for long enough to be ended, and work that is waiting fits on it.",
  "kept-for-requested-resources": "It is idle for long enough to be ended, and the resources asked for by request_resources() need it.",
} as const satisfies Partial<Record<DecisionReasonCode, string>>;

export function keptReason(code: keyof typeof keptTexts): Reason {
  return { code, text: keptTexts[code] };
}

export function notIdleLongEnoughReason({ idleSeconds = 0, group }: NodeModel): Reason {
  return {
    code: "not-idle-long-enough",
    text: `It has had no work for ${Math.floor(idleSeconds)} s; it is ended after ${group?.idleTimeoutSeconds ?? 0} s.`,
  };
}

export const strangerReason: Reason = {
  code: "group-not-configured",
  text: "It is idle, and its group is not one of the worker groups: whoever started it has to end it.",
};
