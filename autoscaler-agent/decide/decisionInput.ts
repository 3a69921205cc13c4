import type { AgentConfig } from "../../contract/agentConfig";
import type { DecisionGroup, DecisionNode, DecisionRequest } from "../../contract/decision";
import { HEAD_GROUP_NAME } from "../../contract/machineConfig";
import type { RayNode, RaySnapshot } from "../ray/rayControl";
import { freeWhenCounted } from "./freeLooks";
import type { GroupAssessment } from "./groups";
import type { InstanceAssessment } from "./instances";
import { movingDemands, toldIdleSeconds } from "./leavingMachines";

/** Label that Ray itself gives to each node with the name of its group. */
const GROUP_LABEL = "ray.io/node-group";

/** What the chooser is asked about. */
export interface DecisionInputFacts {
  readonly config: AgentConfig;
  readonly snapshot: RaySnapshot;
  readonly groups: readonly GroupAssessment[];
  /** Instance ids that may be asked to drain now; of all others the chooser is not told how long they have been idle. */
  readonly drainable: ReadonlySet<string>;
  readonly nowMs: number;
}

/**
 * The question for the chooser: every machine once, whatever it is known from.
 *
 * A machine in Ray counts with what Ray says; one that is expected counts at full size; one that leaves counts against the maximum and offers nothing.
 * Nodes that belong to no configured machine (started by hand, or of a group that was removed) offer what they have and are never chosen.
 */
export function decisionInput(facts: DecisionInputFacts): DecisionRequest {
  const { config, snapshot, groups } = facts;
  const ours = new Set(groups.flatMap((group) => group.instances.flatMap(({ node }) => (node === undefined ? [] : [node.nodeId]))));
  const others = snapshot.nodes.filter((node) => node.status !== "dead" && !ours.has(node.nodeId));
  return {
    groups: groups.map(decisionGroup),
    nodes: [...others.map(otherNode), ...groups.flatMap((group) => groupNodes(group, facts.drainable))],
    demands: [...snapshot.demands, ...movingDemands(groups, facts.nowMs)],
    gangs: [...snapshot.gangs],
    requested: [...snapshot.requested],
    limits: config.limits,
  };
}

function decisionGroup(assessment: GroupAssessment): DecisionGroup {
  const { group } = assessment;
  return {
    groupName: group.groupName,
    resources: assessment.resources,
    labels: { ...group.labels, [GROUP_LABEL]: group.groupName },
    minReplicas: Math.min(assessment.minReplicas, assessment.maxReplicas),
    maxReplicas: assessment.maxReplicas,
    idleTimeoutSeconds: assessment.targets.idleTimeout.seconds,
    ...(group.pricePerHourUsd === undefined ? {} : { pricePerHourUsd: group.pricePerHourUsd }),
    priority: group.priority,
    ...(assessment.unavailable === undefined ? {} : { unavailable: true }),
  };
}

function otherNode(node: RayNode): DecisionNode {
  return {
    id: node.isHead ? "head" : `ray-${node.nodeId}`,
    groupName: node.isHead ? HEAD_GROUP_NAME : node.groupName,
    ...(node.isHead ? { head: true } : {}),
    state: node.status === "draining" ? "draining" : "running",
    ...whatItOffers(node),
  };
}

function groupNodes(assessment: GroupAssessment, drainable: ReadonlySet<string>): DecisionNode[] {
  const awaited = Array.from(
    { length: assessment.awaited },
    (_, index): DecisionNode => ({
      id: `${assessment.group.groupName}-awaited-${index + 1}`,
      groupName: assessment.group.groupName,
      state: "starting",
    }),
  );
  return [...assessment.instances.flatMap((instance) => groupNode(assessment, instance, drainable) ?? []), ...awaited];
}

function groupNode(assessment: GroupAssessment, known: InstanceAssessment, drainable: ReadonlySet<string>): DecisionNode | undefined {
  const { phase, node, instance } = known;
  const base = { id: instance.instanceId, groupName: assessment.group.groupName };
  switch (phase) {
    case "starting":
      return { ...base, state: "starting" };
    case "running":
    case "hands-off": {
      if (node === undefined) {
        return phase === "running" ? { ...base, state: "starting" } : leaving(base, instance.fillsDesired);
      }
      const mayDrain = drainable.has(instance.instanceId) && node.idleSeconds !== undefined;
      return {
        ...base,
        state: node.status === "draining" ? "draining" : "running",
        ...whatItOffers(node),
        available: freeWhenCounted(known.memory.freeLooks ?? []),
        ...(mayDrain ? { idleSeconds: toldIdleSeconds(known, node.idleSeconds ?? 0, assessment.targets.idleTimeout.seconds) } : {}),
      };
    }
    case "draining":
    case "drained":
    case "expired":
      return { ...base, state: "draining" };
    case "ending":
      return undefined;
  }
}

/** A machine in an unknown state that is not in Ray offers nothing, and counts against the maximum as long as it fills a place. */
function leaving(base: { id: string; groupName: string }, fillsDesired: boolean): DecisionNode | undefined {
  return fillsDesired ? { ...base, state: "draining" } : undefined;
}

function whatItOffers(node: RayNode): Pick<DecisionNode, "total" | "available" | "labels" | "dynamicLabels"> {
  return {
    total: { ...node.total },
    available: { ...node.available },
    labels: { ...node.labels },
    dynamicLabels: { ...node.dynamicLabels },
  };
}
