import type { AgentConfig } from "../../../contract/agentConfig";
import type { DecisionGroup, DecisionNode, DecisionRequest } from "../../../contract/decision";
import { HEAD_GROUP_NAME } from "../../../contract/machineConfig";
import type { RayNode, RaySnapshot } from "../../ray/rayControl";
import { freeWhenCounted } from "./freeLooks";
import { GROUP_LABEL, type GroupAssessment } from "./groups";
import type { InstanceAssessment } from "./instances";
import { movingDemands, toldIdleSeconds } from "./leavingMachines";

/** What the chooser is asked about. */
export interface DecisionInputFacts {
  readonly config: AgentConfig;
  readonly snapshot: RaySnapshot;
  readonly groups: readonly GroupAssessment[];
  /** Instance ids that may be asked to drain now; of all others the chooser is not told how long they have been idle. */
  readonly drainable: ReadonlySet<string>;
  /** Instance ids of machines whose nodes were lost and that are not counted on for now; they count against the maximum. */
  readonly late: ReadonlySet<string>;
  readonly nowMs: number;
  /** Ray's control store has just come (back) up: with stored state it still lists nodes that left while it was away. */
  readonly mayListGone: boolean;
}

/**
 * The question for the chooser: every machine once, whatever it is known from.
 *
 * A machine in Ray counts with what Ray says; one that is expected counts at full size; one that leaves counts against the maximum and offers nothing.
 * Nodes that belong to no configured machine (started by hand, or of a group that was removed) offer what they have and are never chosen; but a
 * node of a group that has no such machine offers nothing while Ray may list nodes that have left.
 */
export function decisionInput(facts: DecisionInputFacts): DecisionRequest {
  const { config, snapshot, groups } = facts;
  return {
    groups: groups.map(decisionGroup),
    nodes: [...otherNodes(facts).map(otherNode), ...groups.flatMap((group) => groupNodes(group, facts))],
    demands: [...snapshot.demands, ...movingDemands(groups, facts.nowMs)],
    gangs: [...snapshot.gangs],
    requested: [...snapshot.requested],
    limits: config.limits,
  };
}

/** Nodes that no machine of a group stands behind. Of two nodes of one machine one has left and is not yet called dead; the same of two heads. */
function otherNodes({ snapshot, groups, mayListGone }: DecisionInputFacts): RayNode[] {
  const machines = new Set(groups.flatMap((group) => group.instances.map(({ instance }) => instance.instanceId)));
  const read = new Set(groups.filter(({ fresh }) => fresh).map(({ group }) => group.groupName));
  const others = snapshot.nodes.filter(
    ({ status, instanceId, groupName }) => status !== "dead" && !machines.has(instanceId) && !(mayListGone && read.has(groupName)),
  );
  const head = others.filter(({ isHead }) => isHead).sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1))[0];
  return others.filter((node) => !node.isHead || node === head);
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

/** What of the facts says how machines count. */
type Choices = Pick<DecisionInputFacts, "drainable" | "late">;

function groupNodes(assessment: GroupAssessment, choices: Choices): DecisionNode[] {
  const awaited = Array.from(
    { length: assessment.awaited },
    (_, index): DecisionNode => ({
      id: `${assessment.group.groupName}-awaited-${index + 1}`,
      groupName: assessment.group.groupName,
      state: "starting",
    }),
  );
  return [...assessment.instances.flatMap((instance) => groupNode(assessment, instance, choices) ?? []), ...awaited];
}

function groupNode(assessment: GroupAssessment, known: InstanceAssessment, { drainable, late }: Choices): DecisionNode | undefined {
  const { phase, node, instance } = known;
  const base = { id: instance.instanceId, groupName: assessment.group.groupName };
  switch (phase) {
    case "starting":
      return { ...base, state: late.has(instance.instanceId) ? "draining" : "starting" };
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
  const { total, available, labels, dynamicLabels } = node;
  return { total, available, labels, dynamicLabels };
}
