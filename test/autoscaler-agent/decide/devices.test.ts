import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, decideInDetail } from "../../../autoscaler-agent/decide/decide";
import {
  addNeeds,
  fitCount,
  multiplyNeed,
  readCapacity,
  readNeed,
  resourceTable,
  takeFrom,
  withDevices,
} from "../../../autoscaler-agent/decide/resources";
import { checkPlan } from "../../../bench/decide/checker";
import { fitsOnDevices } from "../../../bench/decide/devices";
import { planOf } from "../../../bench/decide/placements";
import type { DecisionNode, DecisionRequest } from "../../../contract/decision";
import { aDemand, aGang, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";

const nothing = { at: [], units: [] };
const fractions = [0.65, 0.6, 0.4, 0.32, 0.2].map((GPU) => ({ GPU }));
const tableFor = (devices: number) => withDevices(resourceTable(["GPU"], new Set(["GPU"])), fractions, [{ GPU: devices }]);

describe("the rests of devices", () => {
  it("stand in the capacity only where fractions leave rests that others may use", () => {
    const table = resourceTable(["CPU", "GPU"], new Set(["CPU", "GPU"]));
    expect(withDevices(table, [{ GPU: 0.5 }, { GPU: 1 }, { CPU: 0.3 }], [{ GPU: 8 }])).toBe(table);
    expect(withDevices(table, [{ GPU: 0.4 }], [{ GPU: 1 }]).devices).toEqual([{ position: 1, start: 2, width: 1 }]);
    expect(withDevices(table, fractions, [{ GPU: 2 }, { GPU: 4 }, { GPU: 100 }]).devices).toEqual([{ position: 1, start: 2, width: 16 }]);
  });

  it("hold what is placed, whatever the order in which it is taken", () => {
    const piece = fc.constantFrom(0.65, 0.6, 0.4, 0.32, 0.2, 1, 2);
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), (pieces, devices) => {
        const table = tableFor(devices);
        const free = readCapacity(table, { GPU: devices });
        const placed = pieces.filter((GPU) => {
          const need = readNeed(table, { GPU }) ?? nothing;
          if (fitCount(free, need) < 1) return false;
          takeFrom(free, need, 1);
          return true;
        });
        const each = placed.map((amount) => ({ amount, times: 1 }));
        expect(fitsOnDevices("GPU", devices, each)).toBe(true);
        expect(free[0]).toBe(free.slice(1).reduce((sum, rest) => sum + rest, 0));
      }),
    );
  });

  it("hold as many alike pieces as can be put there one by one, at once or one after the other", () => {
    const table = tableFor(3);
    const free = readCapacity(table, { GPU: 3 });
    const [large, small] = [readNeed(table, { GPU: 0.65 }) ?? nothing, readNeed(table, { GPU: 0.32 }) ?? nothing];
    expect([fitCount(free, large), fitCount(free, small)]).toEqual([3, 9]);
    takeFrom(free, large, 2);
    expect([fitCount(free, large), fitCount(free, small)]).toEqual([1, 5]);
    takeFrom(free, small, 5);
    expect([fitCount(free, large), fitCount(free, small)]).toEqual([0, 0]);
    expect([...free.slice(1)]).toEqual([300, 300, 400]);
  });

  it("hold pieces together as one need, each on one device", () => {
    const table = tableFor(2);
    const pair = addNeeds(multiplyNeed(readNeed(table, { GPU: 0.6 }) ?? nothing, 2), readNeed(table, { GPU: 0.4 }) ?? nothing);
    expect(fitCount(readCapacity(table, { GPU: 2 }), pair)).toBe(1);
    expect(fitCount(readCapacity(table, { GPU: 1 }), pair)).toBe(0);
    // 0.6 and 0.4 share a device, the second 0.6 has another: another 0.4 finds room.
    const free = readCapacity(table, { GPU: 2 });
    takeFrom(free, pair, 1);
    expect([...free.slice(1)]).toEqual([0, 4000]);
  });

  it.each([
    ["one device", { GPU: 1 }, { GPU: 0.65 }, 2],
    ["nothing in use", { GPU: 2 }, { GPU: 2 }, 6],
    ["nothing free", { GPU: 2 }, { GPU: 0 }, 0],
    // Rests of 0.65 and 0.65 hold four of 0.32, those of 1 and 0.3 three.
    ["only their sum known", { GPU: 2 }, { GPU: 1.3 }, 3],
    ["too many to tell apart", { GPU: 32 }, { GPU: 32 }, 96],
  ])("of a node with %s", (_, total, free, count) => {
    const table = tableFor(32);
    const capacity = readCapacity(table, free, total);
    const need = readNeed(table, { GPU: 0.32 }) ?? nothing;
    expect(fitCount(capacity, need)).toBe(count);
    takeFrom(capacity, need, count);
    expect(fitCount(capacity, need)).toBe(0);
  });
});

describe("decide for different fractions of a device", () => {
  const gpus = aGroup({ groupName: "gpu", resources: { CPU: 64, GPU: 2 }, maxReplicas: 1000 });
  const asking = (pieces: readonly (readonly [GPU: number, count: number])[], over: Partial<DecisionRequest> = {}) =>
    aRequest({ groups: [gpus], demands: pieces.map(([GPU, count]) => aDemand(count, { shape: { GPU } })), ...over });

  it.each([
    ["pairs what fits on one device", [[0.65, 10] as const, [0.32, 10] as const], 5],
    ["leaves what pairs with nothing alone", [[0.65, 10] as const, [0.4, 10] as const], 8],
    ["keeps whole devices whole", [[0.5, 2] as const, [0.25, 2] as const, [1, 2] as const], 2],
    ["never lays a piece on two devices", [[0.7, 2] as const, [0.6, 1] as const], 2],
  ])("%s", (_, pieces, nodes) => {
    expect(launchedOf(decide(asking(pieces)))).toEqual({ gpu: nodes });
  });

  it("uses the rest of the one device of a node", () => {
    const node: DecisionNode = { id: "n", groupName: "one", state: "running", total: { CPU: 8, GPU: 1 }, available: { CPU: 8, GPU: 0.65 } };
    const groups = [aGroup({ groupName: "one", resources: { CPU: 8, GPU: 1 } })];
    expect(launchedOf(decide(asking([[0.65, 1] as const], { groups, nodes: [node] })))).toEqual({});
    expect(
      launchedOf(
        decide(
          asking(
            [
              [0.6, 1],
              [0.3, 1],
            ],
            { groups, nodes: [node] },
          ),
        ),
      ),
    ).toEqual({ one: 1 });
  });

  it("keeps gangs apart whose fractions take the same share but are not the same", () => {
    const together = (value: string, GPU: number) =>
      aGang({ shape: { GPU }, count: 2, affinity: { label: "pg", value } }, { shape: { GPU: 0.35 }, affinity: { label: "pg", value } });
    const request = aRequest({ groups: [gpus], gangs: [together("a", 0.65), together("b", 0.7)] });
    expect(launchedOf(decide(request))).toEqual({ gpu: 1 });
    expect(decide(request).infeasible.gangs.map(({ index }) => index)).toEqual([1]);
  });

  it("plans nothing that does not fit device by device, and launches nothing more when asked again", () => {
    const amount = fc.constantFrom(0.9, 0.65, 0.5, 0.4, 0.32, 0.2, 0.1, 1, 2);
    const demand = fc.record({ GPU: amount, CPU: fc.integer({ min: 0, max: 8 }), count: fc.integer({ min: 1, max: 9 }) });
    const gang = fc.array(amount, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(demand, { minLength: 1, maxLength: 6 }), fc.array(gang, { maxLength: 3 }), (demands, gangs) => {
        const request = aRequest({
          groups: [gpus, aGroup({ groupName: "four", resources: { CPU: 16, GPU: 4 }, maxReplicas: 1000, pricePerHourUsd: 1.8 })],
          demands: demands.map(({ GPU, CPU, count }) => ({ shape: { GPU, CPU }, count })),
          gangs: gangs.map((pieces, i) => aGang(...pieces.map((GPU) => ({ shape: { GPU }, affinity: { label: "pg", value: String(i) } })))),
        });
        const decision = decideInDetail(request);
        expect(checkPlan(request, planOf(decision)).faults).toEqual([]);
        const starting = decision.reply.launch.flatMap(({ groupName, count }) =>
          Array.from({ length: count }, (_, i): DecisionNode => ({ id: `${groupName}-${i}`, groupName, state: "starting" })),
        );
        expect(decide({ ...request, nodes: [...request.nodes, ...starting] }).launch).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
