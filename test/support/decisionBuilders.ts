import type {
  DecisionGroup,
  DecisionNode,
  DecisionReasonCode,
  DecisionReply,
  DecisionRequest,
  Demand,
  Gang,
  GangBundle,
  VcpuQuota,
} from "../../contract/decision";

/** A group of 4-CPU nodes named `cpu`, up to 10 of them, at $1 an hour. */
export function aGroup(over: Partial<DecisionGroup> = {}): DecisionGroup {
  return { groupName: "cpu", resources: { CPU: 4 }, maxReplicas: 10, pricePerHourUsd: 1, ...over };
}

/** A running 4-CPU node of group `cpu` with all of it in use. */
export function aBusyNode(id: string, over: Partial<DecisionNode> = {}): DecisionNode {
  return { id, groupName: "cpu", state: "running", total: { CPU: 4 }, available: {}, ...over };
}

/** A running 4-CPU node of group `cpu` without work for so long. */
export function anIdleNode(id: string, idleSeconds: number, over: Partial<DecisionNode> = {}): DecisionNode {
  return { id, groupName: "cpu", state: "running", total: { CPU: 4 }, available: { CPU: 4 }, idleSeconds, ...over };
}

/** A head that takes no tasks, as rayfleet starts it. */
export function aHead(over: Partial<DecisionNode> = {}): DecisionNode {
  const resources = { "node:__internal_head__": 1 };
  return {
    id: "head",
    groupName: "headgroup",
    head: true,
    state: "running",
    total: resources,
    available: resources,
    idleSeconds: 9999,
    ...over,
  };
}

/** Demand for one CPU each. */
export function aDemand(count: number, over: Partial<Demand> = {}): Demand {
  return { shape: { CPU: 1 }, count, ...over };
}

/** A gang; each bundle asks for one CPU unless it says otherwise. */
export function aGang(...bundles: readonly Partial<GangBundle>[]): Gang {
  return { bundles: bundles.map((bundle) => ({ shape: { CPU: 1 }, ...bundle })) };
}

/** A quota on the vCPUs of group `cpu`, 4 a node. */
export function aQuota(maxVcpus: number, over: Partial<VcpuQuota> = {}): VcpuQuota {
  return { name: "standard", maxVcpus, groups: [{ groupName: "cpu", vcpusPerNode: 4 }], ...over };
}

/** A request with one group, a head and nothing to do. */
export function aRequest(over: Partial<DecisionRequest> = {}): DecisionRequest {
  return { groups: [aGroup()], nodes: [aHead()], demands: [], gangs: [], requested: [], limits: {}, ...over };
}

/** How many nodes of each group the reply launches. */
export function launchedOf(reply: DecisionReply): Readonly<Record<string, number>> {
  return Object.fromEntries(reply.launch.map(({ groupName, count }) => [groupName, count]));
}

/** Every reason code that the reply uses. */
export function codesOf(reply: DecisionReply): ReadonlySet<DecisionReasonCode> {
  const lists = [reply.infeasible, reply.overLimit].flatMap(({ demands, gangs, requested }) => [...demands, ...gangs, ...requested]);
  const reasons = [
    ...reply.launch.flatMap((launch) => launch.reasons),
    ...[...reply.drain, ...lists, ...reply.held].map(({ reason }) => reason),
  ];
  return new Set(reasons.map(({ code }) => code));
}

/** The nodes of the request after the reply: what drains drains, what is launched starts. */
export function afterReply(request: DecisionRequest, reply: DecisionReply): DecisionRequest {
  const draining = new Set(reply.drain.map(({ id }) => id));
  const started = reply.launch.flatMap(({ groupName, count }) =>
    Array.from({ length: count }, (_, i): DecisionNode => ({ id: `new-${groupName}-${i}`, groupName, state: "starting" })),
  );
  const nodes = request.nodes.map((node): DecisionNode => (draining.has(node.id) ? { ...node, state: "draining" } : node));
  return { ...request, nodes: [...nodes, ...started] };
}
