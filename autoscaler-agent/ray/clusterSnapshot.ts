import type { Demand, Gang, LabelRule } from "../../contract/decision";
import type { WireGang, WireLabel, WireNode, WireRequest, WireRequestByCount, WireSelector, WireState } from "./gcsWire";
import { nodeIdFromBytes } from "./nodeId";
import type { RayNode, RaySnapshot, Resources } from "./rayControl";

/** Ray gives this resource to the head node and to no other. */
const HEAD_RESOURCE = "node:__internal_head__";

/** Part of the name of every resource that exists only inside a placement group. No new node ever has one. */
const PLACEMENT_GROUP_MARK = "_group_";

/** Ray counts in units of 1/10,000. */
const RESOURCE_UNIT = 10_000;

/**
 * Turns a reply of the GCS into the project's words.
 *
 * Guarantees: equal replies in any map or list order give equal shapes and selectors; no resource that exists only inside a placement group;
 * no amount that is not a finite number above zero, in steps of 1/10,000; equal demands are one entry. An entry without a readable node id
 * is left out. Never invents a node: an empty reply is an empty snapshot, and what that means is not decided here.
 */
export function clusterSnapshot(state: WireState): RaySnapshot {
  return {
    sessionName: state.cluster_session_name ?? "",
    version: state.cluster_resource_state_version ?? 0,
    nodes: (state.node_states ?? []).flatMap((node) => rayNode(node) ?? []),
    demands: demandsOf(state.pending_resource_requests ?? []),
    gangs: (state.pending_gang_resource_requests ?? []).flatMap((gang) => gangOf(gang) ?? []),
    requested: demandsOf((state.cluster_resource_constraints ?? []).flatMap((constraint) => constraint.resource_requests ?? [])),
  };
}

/**
 * Nodes that are in Ray now, by the cloud's id of their machine. Nodes started without an id are left out.
 *
 * A machine on which Ray started again may have two for a while: the one that left is shown as running until it is called dead, so an idle one is the
 * live one.
 */
export function aliveByInstanceId(snapshot: RaySnapshot): ReadonlyMap<string, RayNode> {
  const alive = snapshot.nodes.filter((node) => node.status !== "dead" && node.instanceId !== "");
  const [idle, others] = [alive.filter(({ status }) => status === "idle"), alive.filter(({ status }) => status !== "idle")];
  const byNodeId = (one: RayNode, other: RayNode): number => (one.nodeId < other.nodeId ? -1 : 1);
  return new Map([...others.sort(byNodeId), ...idle.sort(byNodeId)].map((node) => [node.instanceId, node]));
}

/** True when the head itself is in Ray: only then does the snapshot say anything about the others. */
export function hasAliveHead(snapshot: RaySnapshot): boolean {
  return snapshot.nodes.some((node) => node.isHead && node.status !== "dead");
}

const statuses: Readonly<Record<string, RayNode["status"]>> = { RUNNING: "running", IDLE: "idle", DRAINING: "draining", DEAD: "dead" };

function rayNode(node: WireNode): RayNode | undefined {
  const nodeId = nodeIdFromBytes(node.node_id ?? new Uint8Array());
  if (nodeId === undefined) {
    return undefined;
  }
  // A status that this version of the protocol does not know is treated as busy: such a node is counted and never touched.
  const status = statuses[node.status ?? ""] ?? "running";
  return {
    nodeId,
    instanceId: node.instance_id ?? "",
    groupName: node.ray_node_type_name ?? "",
    status,
    isHead: (node.total_resources?.[HEAD_RESOURCE] ?? 0) > 0,
    total: canonicalResources(node.total_resources),
    available: canonicalResources(node.available_resources),
    labels: sorted(node.labels),
    dynamicLabels: sorted(node.dynamic_labels),
    ...(status === "idle" ? { idleSeconds: Math.max(0, node.idle_duration_ms ?? 0) / 1000 } : {}),
    address: node.node_ip_address ?? "",
    instanceType: node.instance_type_name ?? "",
    activity: status === "running" || status === "draining" ? [...(node.node_activity ?? [])].sort() : [],
  };
}

function demandsOf(requests: readonly WireRequestByCount[]): Demand[] {
  const byKey = new Map<string, Demand>();
  for (const { request, count } of requests) {
    const demand = shapeOf(request ?? {});
    if (demand === undefined || !Number.isSafeInteger(count) || (count ?? 0) <= 0) {
      continue;
    }
    const key = JSON.stringify(demand);
    byKey.set(key, { ...demand, count: (byKey.get(key)?.count ?? 0) + (count ?? 0) });
  }
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, demand]) => demand);
}

function gangOf(gang: WireGang): Gang | undefined {
  // Label selectors stand only in `bundle_selectors`; `requests` is the older form of the same list.
  const requests = gang.bundle_selectors?.[0]?.resource_requests ?? gang.requests ?? [];
  const byKey = new Map<string, Gang["bundles"][number]>();
  for (const request of requests) {
    const shape = shapeOf(request);
    if (shape === undefined) {
      // A gang is all or nothing: without one of its bundles it would be another gang.
      return undefined;
    }
    const bundle = { ...shape, ...placementOf(request) };
    const key = JSON.stringify(bundle);
    byKey.set(key, { ...bundle, count: (byKey.get(key)?.count ?? 0) + 1 });
  }
  // A group that left the waiting state while Ray wrote the list has no bundles.
  return byKey.size === 0 ? undefined : { bundles: [...byKey.values()] };
}

function placementOf(request: WireRequest): Pick<Gang["bundles"][number], "affinity" | "antiAffinity"> {
  const constraints = request.placement_constraints ?? [];
  const affinity = constraints.find((constraint) => constraint.affinity)?.affinity;
  const antiAffinity = constraints.find((constraint) => constraint.anti_affinity)?.anti_affinity;
  return { ...(affinity ? { affinity: labelOf(affinity) } : {}), ...(antiAffinity ? { antiAffinity: labelOf(antiAffinity) } : {}) };
}

function labelOf(label: WireLabel): { label: string; value: string } {
  return { label: label.label_name ?? "", value: label.label_value ?? "" };
}

function shapeOf(request: WireRequest): Pick<Demand, "shape" | "selectors"> | undefined {
  const amounts = Object.entries(request.resources_bundle ?? {});
  if (amounts.some(([name, amount]) => name.includes(PLACEMENT_GROUP_MARK) || !Number.isFinite(amount) || amount < 0)) {
    return undefined;
  }
  const selectors = (request.label_selectors ?? []).map(selectorOf);
  const restricts = selectors.some((rules) => rules.length > 0);
  return { shape: canonicalResources(request.resources_bundle), ...(restricts ? { selectors } : {}) };
}

function selectorOf(selector: WireSelector): LabelRule[] {
  const rules = (selector.label_constraints ?? []).map(
    (constraint): LabelRule => ({
      key: constraint.label_key ?? "",
      operator: constraint.operator === "LABEL_OPERATOR_NOT_IN" ? "NotIn" : "In",
      values: [...(constraint.label_values ?? [])].sort(),
    }),
  );
  return rules.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function canonicalResources(resources: Resources | undefined): Resources {
  const entries = Object.entries(resources ?? {})
    .filter(([name, amount]) => !name.includes(PLACEMENT_GROUP_MARK) && Number.isFinite(amount))
    .map(([name, amount]) => [name, Math.round(amount * RESOURCE_UNIT) / RESOURCE_UNIT] as const)
    .filter(([, amount]) => amount > 0);
  return sorted(Object.fromEntries(entries));
}

function sorted<V>(record: Readonly<Record<string, V>> | undefined): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(record ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
