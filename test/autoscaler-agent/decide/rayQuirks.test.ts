import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import type { DecisionReply, DecisionRequest, LabelRule } from "../../../contract/decision";
import { aBusyNode, aDemand, aGang, aGroup, aHead, anIdleNode, aRequest, launchedOf } from "../../support/decisionBuilders";
import { faultsOf } from "../../support/planChecker";

/** What Ray's own autoscalers do and rayfleet must not, one test each. Read in Ray 2.58 to 2.60, `python/ray/autoscaler`. */

const gpuGroup = aGroup({ groupName: "gpu", resources: { CPU: 8, GPU: 1 }, pricePerHourUsd: 3 });
const otherGroup = aGroup({ groupName: "other" });
const pack = { label: "_PG_1", value: "" };

function within(key: string, value: string): LabelRule {
  return { key, operator: "In", values: [value] };
}

function answer(over: Partial<DecisionRequest>): DecisionReply {
  const request = aRequest(over);
  const reply = decide(request);
  expect(faultsOf(request, reply)).toEqual([]);
  return reply;
}

/** Codes of what is not served, by list. */
function unserved({ infeasible, overLimit }: DecisionReply): { infeasible: string[]; overLimit: string[] } {
  const codes = ({ demands, gangs, requested }: DecisionReply["infeasible"]) =>
    [...demands, ...gangs, ...requested].map(({ reason }) => reason.code);
  return { infeasible: codes(infeasible), overLimit: codes(overLimit) };
}

describe("quirks of Ray's v2 scheduler that are not copied", () => {
  it("nodes bought for min_workers are one object, so that work on one of them is on all: here each is counted for itself", () => {
    const reply = answer({ groups: [aGroup({ minReplicas: 2 })], demands: [aDemand(2, { shape: { CPU: 3 } }), aDemand(5)] });
    // Two nodes hold the two large tasks and two small ones; the other three need one more.
    expect(launchedOf(reply)).toEqual({ cpu: 3 });
  });

  it("work is placed on nodes that are about to be ended: here they offer nothing", () => {
    const nodes = [anIdleNode("a", 5, { groupName: "other" })];
    const reply = answer({ groups: [aGroup(), { ...otherGroup, maxReplicas: 0 }], nodes, demands: [aDemand(4)] });
    expect(reply.drain).toMatchObject([{ id: "a", reason: { code: "above-max-replicas" } }]);
    expect(launchedOf(reply)).toEqual({ cpu: 1 });
  });

  it("bundles of one STRICT_PACK group with different selectors are split over two nodes: here they share one, or none", () => {
    const bound = (zone: string) => ({ affinity: pack, selectors: [[within("zone", zone)]] });
    const groups = [aGroup({ labels: { zone: "a" } }), { ...otherGroup, labels: { zone: "b" } }];
    const reply = answer({ groups, gangs: [aGang(bound("a"), bound("b"))] });
    expect(reply.launch).toEqual([]);
    expect(unserved(reply)).toEqual({ infeasible: ["no-group-matches-selectors"], overLimit: [] });
  });

  it("what a limit stops is listed with what can never be: here they are apart", () => {
    const reply = answer({ groups: [aGroup({ maxReplicas: 1 })], demands: [aDemand(8), aDemand(1, { shape: { CPU: 5 } })] });
    expect(unserved(reply)).toEqual({ infeasible: ["no-group-fits"], overLimit: ["group-max-replicas"] });
    expect(reply.overLimit.demands).toMatchObject([{ index: 0, count: 4 }]);
  });

  it("shapes of placement groups (CPU_group_…) are called infeasible for ever: here they are left out", () => {
    const reply = answer({ demands: [aDemand(3, { shape: { CPU_group_0_8f: 1, bundle_group_0_8f: 0.001 } })] });
    expect(unserved(reply)).toEqual({ infeasible: [], overLimit: [] });
  });

  it("request_resources is met whole or not at all: here as much of it as can be", () => {
    const reply = answer({ groups: [aGroup({ maxReplicas: 2 })], requested: [aDemand(12)] });
    expect(launchedOf(reply)).toEqual({ cpu: 2 });
    expect(reply.overLimit.requested).toMatchObject([{ index: 0, count: 4 }]);
  });

  it("without upscaling_speed one node of a type starts at a time: here all do", () => {
    expect(launchedOf(answer({ demands: [aDemand(40)] }))).toEqual({ cpu: 10 });
  });

  it("a slow upscaling_speed has no floor: here 5 may always start", () => {
    expect(launchedOf(answer({ limits: { upscalingSpeed: 0.01 }, demands: [aDemand(40)] }))).toEqual({ cpu: 5 });
  });

  it("a selector of the first request on a node decides about the whole node: here each piece has its own", () => {
    const groups = [aGroup({ labels: { zone: "a" } }), { ...otherGroup, labels: { zone: "b" }, pricePerHourUsd: 0.5 }];
    const picky = aDemand(1, { selectors: [[within("zone", "a")], [within("zone", "b")]] });
    const plain = aDemand(7);
    expect(launchedOf(answer({ groups, demands: [plain, picky] }))).toEqual({ cpu: 1, other: 1 });
  });

  it("types are chosen by how full they are, whatever they cost: here by price", () => {
    const small = aGroup({ groupName: "small", resources: { CPU: 1 }, pricePerHourUsd: 0.9 });
    expect(launchedOf(answer({ groups: [small, aGroup()], demands: [aDemand(1)] }))).toEqual({ small: 1 });
    expect(launchedOf(answer({ groups: [{ ...small, pricePerHourUsd: 1.1 }, aGroup()], demands: [aDemand(1)] }))).toEqual({ cpu: 1 });
  });

  it("of equal types the order of the configuration decides: here the name", () => {
    const groups = [otherGroup, aGroup()];
    expect(launchedOf(answer({ groups, demands: [aDemand(1)] }))).toEqual({ cpu: 1 });
    expect(launchedOf(answer({ groups: [...groups].reverse(), demands: [aDemand(1)] }))).toEqual({ cpu: 1 });
  });

  it("a node that has been idle for exactly its time-out stays: here it goes", () => {
    expect(answer({ nodes: [anIdleNode("a", 60)], idleTimeoutSeconds: 60 }).drain).toHaveLength(1);
  });

  it("min_workers is not kept against the idle time-out (ray#47578): here it is", () => {
    const reply = answer({ groups: [aGroup({ minReplicas: 1 })], nodes: [anIdleNode("a", 1e6)], idleTimeoutSeconds: 60 });
    expect(reply.drain).toEqual([]);
    expect(reply.launch).toEqual([]);
  });

  it("nodes that request_resources wants are ended (ray#51321): here they are kept", () => {
    const reply = answer({ nodes: [anIdleNode("a", 1e6)], requested: [aDemand(1)], idleTimeoutSeconds: 60 });
    expect(reply.drain).toEqual([]);
    expect(reply.held).toMatchObject([{ id: "a", reason: { code: "kept-for-requested-resources" } }]);
  });
});

describe("quirks of Ray's v1 autoscaler that are not copied", () => {
  it("demand beyond a thousand entries is cut off: here all of it counts", () => {
    const groups = [aGroup({ maxReplicas: 10_000 })];
    const demands = Array.from({ length: 1500 }, (_, i) => aDemand(1, { shape: { CPU: 4, memory: 0, [`only-${i % 3}`]: 0 } }));
    expect(launchedOf(answerFast({ groups, demands }))).toEqual({ cpu: 1500 });
  });

  it("of equal types the last name wins, and GPU nodes count as fit for CPU work while any GPU work waits: here not", () => {
    const groups = [aGroup(), { ...gpuGroup, resources: { CPU: 4, GPU: 1 }, maxReplicas: 10, pricePerHourUsd: 1 }];
    const demands = [aDemand(8), aDemand(1, { shape: { GPU: 1 } })];
    expect(launchedOf(answer({ groups, demands }))).toEqual({ cpu: 1, gpu: 1 });
  });

  it("STRICT_PACK is one sum without selectors: here they hold", () => {
    const groups = [aGroup({ resources: { CPU: 16 }, pricePerHourUsd: 1 }), { ...gpuGroup, labels: { zone: "b" } }];
    const reply = answer({ groups, gangs: [aGang({ count: 6, affinity: pack, selectors: [[within("zone", "b")]] })] });
    expect(launchedOf(reply)).toEqual({ gpu: 1 });
  });

  it("a type that the cloud has none of is asked for again and again: here another is taken", () => {
    const groups = [aGroup({ unavailable: true }), { ...otherGroup, pricePerHourUsd: 2 }];
    expect(launchedOf(answer({ groups, demands: [aDemand(4)] }))).toEqual({ other: 1 });
  });

  it("the head counts among the workers: here it does not", () => {
    expect(launchedOf(answer({ nodes: [aHead()], limits: { maxReplicas: 1 }, demands: [aDemand(40)] }))).toEqual({ cpu: 1 });
  });

  it("work on its way is bought once more while its node starts (ray#36926): here a starting node counts", () => {
    const nodes = [{ id: "s", groupName: "cpu", state: "starting" as const }, aBusyNode("b")];
    expect(answer({ nodes, demands: [aDemand(4)] }).launch).toEqual([]);
  });

  it("resources are counted in floating point, so that three tenths do not make three times a tenth: here they do", () => {
    const groups = [aGroup({ resources: { CPU: 0.3 } })];
    expect(launchedOf(answer({ groups, demands: [aDemand(3, { shape: { CPU: 0.1 } })] }))).toEqual({ cpu: 1 });
  });
});

/** Without the judge, for what is too large for it. */
function answerFast(over: Partial<DecisionRequest>): DecisionReply {
  return decide(aRequest(over));
}
