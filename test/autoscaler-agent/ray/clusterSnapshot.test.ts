import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aliveByInstanceId, clusterSnapshot, hasAliveHead } from "../../../autoscaler-agent/ray/clusterSnapshot";
import type { WireRequest, WireState } from "../../../autoscaler-agent/ray/gcsWire";
import { rayNode } from "../../support/agentBuilders";

const id = (byte: number) => Buffer.alloc(28, byte);
const where = (key: string, operator: "IN" | "NOT_IN", ...values: string[]) => ({
  label_key: key,
  operator: `LABEL_OPERATOR_${operator}`,
  label_values: values,
});
const demand = (request: WireRequest, count = 1): WireState => ({ pending_resource_requests: [{ request, count }] });

describe("clusterSnapshot", () => {
  it("reads a live head, a busy worker and a dead one", () => {
    const snapshot = clusterSnapshot({
      cluster_resource_state_version: 178,
      cluster_session_name: "session_2026",
      node_states: [
        {
          node_id: id(1),
          instance_id: "i-head",
          ray_node_type_name: "headgroup",
          status: "IDLE",
          idle_duration_ms: 714_695,
          total_resources: { "node:__internal_head__": 1 },
          node_activity: ["stale"],
        },
        {
          node_id: id(2),
          instance_id: "i-w1",
          ray_node_type_name: "cpu",
          status: "RUNNING",
          total_resources: { CPU: 1, custom: 2, bundle_group_0428: 1000 },
          available_resources: { custom: 1, bundle_group_0428: 999.999 },
          node_activity: ["Busy workers on node."],
          labels: { tier: "gold" },
          dynamic_labels: { _PG_0428: "" },
        },
        { node_id: id(3), instance_id: "i-w2", ray_node_type_name: "cpu", status: "DEAD" },
      ],
    });
    expect(snapshot).toMatchObject({ version: 178, sessionName: "session_2026" });
    expect(snapshot.nodes).toMatchObject([
      { isHead: true, status: "idle", idleSeconds: 714.695, activity: [] },
      {
        isHead: false,
        status: "running",
        total: { CPU: 1, custom: 2 },
        available: { custom: 1 },
        activity: ["Busy workers on node."],
        dynamicLabels: { _PG_0428: "" },
      },
      { status: "dead", total: {} },
    ]);
    expect(snapshot.nodes[1]?.total).not.toHaveProperty("bundle_group_0428");
  });

  it("treats a status that it does not know as busy, so that the node is never touched", () => {
    const [node] = clusterSnapshot({ node_states: [{ node_id: id(1), status: "SOMETHING_NEW", idle_duration_ms: 99_999 }] }).nodes;
    expect(node?.status).toBe("running");
    expect(node).not.toHaveProperty("idleSeconds");
  });

  it("leaves out a node without a proper id", () => {
    expect(clusterSnapshot({ node_states: [{ node_id: Buffer.alloc(4) }, {}] }).nodes).toEqual([]);
  });

  it("drops shapes that live only inside a placement group", () => {
    expect(clusterSnapshot(demand({ resources_bundle: { bundle_group_0428: 0.001, custom_group_0428: 1 } })).demands).toEqual([]);
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [-1]])("drops an amount of %d", (amount) => {
    expect(clusterSnapshot(demand({ resources_bundle: { CPU: amount } })).demands).toEqual([]);
  });

  it("counts in steps of 1/10,000", () => {
    const [first] = clusterSnapshot(demand({ resources_bundle: { CPU: 0.1 + 0.2, odd: 0.300_000_01 } })).demands;
    expect(first?.shape).toEqual({ CPU: 0.3, odd: 0.3 });
  });

  it("keeps selectors as ordered alternatives of rules that all must hold", () => {
    const request = {
      resources_bundle: { CPU: 2 },
      label_selectors: [
        { label_constraints: [where("zone", "IN", "z2", "z1"), where("tier", "NOT_IN", "gold")] },
        { label_constraints: [where("tier", "IN", "y")] },
      ],
    };
    expect(clusterSnapshot(demand(request)).demands).toEqual([
      {
        shape: { CPU: 2 },
        count: 1,
        selectors: [
          [
            { key: "tier", operator: "NotIn", values: ["gold"] },
            { key: "zone", operator: "In", values: ["z1", "z2"] },
          ],
          [{ key: "tier", operator: "In", values: ["y"] }],
        ],
      },
    ]);
  });

  it("takes one empty selector for none", () => {
    expect(clusterSnapshot(demand({ resources_bundle: { CPU: 1 }, label_selectors: [{}] }, 4)).demands).toEqual([
      { shape: { CPU: 1 }, count: 4 },
    ]);
  });

  it("does not depend on the order of maps, lists and values", () => {
    const shape = fc.dictionary(fc.constantFrom("CPU", "GPU", "memory", "custom"), fc.integer({ min: 1, max: 9 }), { minKeys: 1 });
    fc.assert(
      fc.property(fc.array(fc.tuple(shape, fc.integer({ min: 1, max: 5 }), fc.subarray(["a", "b", "c"])), { maxLength: 8 }), (entries) => {
        const wire = (list: typeof entries, reverse: boolean): WireState => ({
          pending_resource_requests: list.map(([bundle, count, values]) => ({
            request: {
              resources_bundle: Object.fromEntries(reverse ? Object.entries(bundle).reverse() : Object.entries(bundle)),
              label_selectors: [{ label_constraints: [where("k", "IN", ...(reverse ? [...values].reverse() : values))] }],
            },
            count,
          })),
        });
        expect(clusterSnapshot(wire([...entries].reverse(), true))).toEqual(clusterSnapshot(wire(entries, false)));
      }),
    );
  });

  it("adds up equal demands", () => {
    const request = { resources_bundle: { CPU: 1 } };
    const { demands } = clusterSnapshot({
      pending_resource_requests: [
        { request, count: 2 },
        { request, count: 3 },
      ],
    });
    expect(demands).toEqual([{ shape: { CPU: 1 }, count: 5 }]);
  });

  it("takes a gang's bundles from its selectors, with placement and rules", () => {
    const placement_constraints = [{ anti_affinity: { label_name: "_PG_33f1", label_value: "" } }];
    const bundle = {
      resources_bundle: { CPU: 2 },
      placement_constraints,
      label_selectors: [{ label_constraints: [where("tier", "IN", "gold")] }],
    };
    const { gangs } = clusterSnapshot({
      pending_gang_resource_requests: [
        { requests: [{ resources_bundle: { CPU: 99 } }], bundle_selectors: [{ resource_requests: [bundle, bundle] }] },
      ],
    });
    expect(gangs).toEqual([
      {
        bundles: [
          {
            shape: { CPU: 2 },
            count: 2,
            selectors: [[{ key: "tier", operator: "In", values: ["gold"] }]],
            antiAffinity: { label: "_PG_33f1", value: "" },
          },
        ],
      },
    ]);
  });

  it("falls back to the older list of a gang, and ignores a gang without bundles", () => {
    const affinity = { affinity: { label_name: "_PG_29f2" } };
    const { gangs } = clusterSnapshot({
      pending_gang_resource_requests: [
        { requests: [{ resources_bundle: { CPU: 1 }, placement_constraints: [affinity] }] },
        { details: "left" },
      ],
    });
    expect(gangs).toEqual([{ bundles: [{ shape: { CPU: 1 }, count: 1, affinity: { label: "_PG_29f2", value: "" } }] }]);
  });

  it("reads what request_resources asked for", () => {
    const constraint = {
      resource_requests: [
        { request: { resources_bundle: { CPU: 1 } }, count: 7 },
        { request: { resources_bundle: { GPU: 1 } }, count: 2 },
      ],
    };
    expect(clusterSnapshot({ cluster_resource_constraints: [constraint] }).requested).toEqual([
      { shape: { CPU: 1 }, count: 7 },
      { shape: { GPU: 1 }, count: 2 },
    ]);
  });
});

describe("aliveByInstanceId", () => {
  it("joins over live nodes only, although dead ones carry the same instance id", () => {
    const dead = rayNode({ status: "dead", instanceId: "i-1" });
    const live = rayNode({ status: "running", instanceId: "i-1" });
    const joined = aliveByInstanceId({
      sessionName: "",
      version: 1,
      nodes: [dead, live, dead, rayNode({ instanceId: "" })],
      demands: [],
      gangs: [],
      requested: [],
    });
    expect([...joined]).toEqual([["i-1", live]]);
  });
});

describe("hasAliveHead", () => {
  it.each([
    ["no node at all", [], false],
    ["only workers", [rayNode()], false],
    ["a dead head", [rayNode({ isHead: true, status: "dead" })], false],
    ["a live head", [rayNode(), rayNode({ isHead: true })], true],
  ] as const)("with %s", (_what, nodes, expected) => {
    expect(hasAliveHead({ sessionName: "", version: 1, nodes, demands: [], gangs: [], requested: [] })).toBe(expected);
  });
});
