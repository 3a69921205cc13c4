import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planManyPurchases } from "../../../autoscaler-agent/decide/manyShapes";
import { type GroupModel, readProblem } from "../../../autoscaler-agent/decide/problem";
import { type Purchase, planPurchases, type Shop } from "../../../autoscaler-agent/decide/purchase";
import { fitCount, takeFrom } from "../../../autoscaler-agent/decide/resources";
import type { SelectiveItem } from "../../../autoscaler-agent/decide/shapeClusters";
import type { DecisionGroup, Demand } from "../../../contract/decision";
import { aGroup, aRequest } from "../../support/decisionBuilders";

/** So many nodes of each group. */
class Shelves implements Shop {
  private sold = new Map<GroupModel, number>();
  constructor(private readonly each: number) {}
  roomOf(group: GroupModel): number {
    return this.each - (this.sold.get(group) ?? 0);
  }
  isClusterFull(): boolean {
    return false;
  }
  buyAtOnce(group: GroupModel, count: number): void {
    this.sold.set(group, (this.sold.get(group) ?? 0) + count);
  }
  save(): () => void {
    const saved = new Map(this.sold);
    return () => {
      this.sold = saved;
    };
  }
}

const sizes: readonly DecisionGroup[] = [
  aGroup({ groupName: "small", resources: { CPU: 8, memory: 16 }, pricePerHourUsd: 0.3 }),
  aGroup({ groupName: "lean", resources: { CPU: 32, memory: 64 }, pricePerHourUsd: 1.2, labels: { zone: "a" } }),
  aGroup({ groupName: "rich", resources: { CPU: 32, memory: 256 }, pricePerHourUsd: 1.9 }),
];

/** Numbers that look drawn and are always the same. */
function drawn(i: number, salt: number): number {
  return ((i * 7919 + salt * 104_729) % 1009) / 1009;
}

/** Shapes of which no two are alike. */
function shapes(count: number, times = 1): Demand[] {
  return Array.from({ length: count }, (_, i) => ({
    shape: { CPU: 0.1 + Math.round(drawn(i, 1) * 7000 + i / 100) / 1000, memory: 1 + Math.floor(drawn(i, 2) * 15) },
    count: times,
    ...(i % 4 === 0 ? { selectors: [[{ key: "zone", operator: "In" as const, values: ["a"] }]] } : {}),
  }));
}

function planning(demands: readonly Demand[]) {
  const problem = readProblem(aRequest({ groups: [...sizes], demands: [...demands] }));
  const items = problem.demands.map(({ need = { at: [], units: [] }, alternatives: [alternative = 0] }): SelectiveItem => {
    const accepts = (group: GroupModel) => group.labels.matches[alternative] === 1;
    const usd = problem.groups.map((group) => (accepts(group) ? group.comparedPriceUsd / fitCount(group.capacity, need) : Infinity));
    return { need, alternative, accepts, needsAccelerator: false, worth: Math.min(...usd) };
  });
  return { items, waiting: Float64Array.from(problem.demands, ({ count }) => count), groups: problem.groups };
}

function priceOf(plan: readonly Purchase[]): number {
  return plan.reduce((sum, { group, count }) => sum + group.comparedPriceUsd * count, 0);
}

/** What is wrong with the plan, and what it leaves. */
function faultsOf(plan: readonly Purchase[], { items, waiting }: ReturnType<typeof planning>) {
  const left = waiting.slice();
  const faults: string[] = [];
  for (const { group, pattern, count } of plan) {
    const free = group.capacity.slice();
    pattern.items.forEach((position, i) => {
      const item = items[position];
      if (item === undefined || !item.accepts(group)) faults.push("a place that is not allowed");
      else takeFrom(free, item.need, pattern.times[i] ?? 0);
      left[position] = (left[position] ?? 0) - (pattern.times[i] ?? 0) * count;
    });
    if (free.some((amount) => amount < 0)) faults.push("a node that is too full");
  }
  if (left.some((count) => count < 0)) faults.push("more than waits");
  return { faults, left: left.reduce((sum, count) => sum + count, 0) };
}

describe("planManyPurchases", () => {
  it.each([
    [500, 1],
    [1000, 1],
    [1000, 30],
  ])("serves all of %d shapes, %d times each, and costs at most 3 % more than when they are planned one by one", (count, times) => {
    const given = planning(shapes(count, times));
    const rooms = new Shelves(1e9);
    const plan = planManyPurchases(given.items, given.waiting, { groups: given.groups, rooms });
    expect(faultsOf(plan, given)).toEqual({ faults: [], left: 0 });
    const oneByOne = planPurchases(given.items, given.waiting, { groups: given.groups, rooms });
    expect(priceOf(plan)).toBeLessThanOrEqual(1.03 * priceOf(oneByOne));
  });

  it("books nothing, and stays within the rooms", () => {
    const given = planning(shapes(1000));
    const rooms = new Shelves(3);
    const plan = planManyPurchases(given.items, given.waiting, { groups: given.groups, rooms });
    expect(faultsOf(plan, given).faults).toEqual([]);
    expect(given.groups.map((group) => rooms.roomOf(group))).toEqual([3, 3, 3]);
    for (const group of given.groups) {
      expect(plan.reduce((sum, one) => sum + (one.group === group ? one.count : 0), 0)).toBe(3);
    }
  });

  it("leaves only what no node can hold", () => {
    const tooLarge = Array.from({ length: 300 }, (_, i): Demand => ({ shape: { CPU: 33 + i, memory: 1 }, count: 2 }));
    const given = planning([...shapes(600), ...tooLarge]);
    const plan = planManyPurchases(given.items, given.waiting, { groups: given.groups, rooms: new Shelves(1e9) });
    expect(faultsOf(plan, given)).toEqual({ faults: [], left: 600 });
  });

  it("serves shapes of which a node holds either of two but never their middle", () => {
    const groups = [
      aGroup({ groupName: "wide", resources: { CPU: 100, memory: 10 } }),
      aGroup({ groupName: "tall", resources: { CPU: 10, memory: 100 } }),
    ];
    const demands = Array.from({ length: 1000 }, (_, i): Demand => {
      const [large, small] = [51 + i / 40, 5 + i / 400];
      return { shape: i % 2 === 0 ? { CPU: large, memory: 5 } : { CPU: small, memory: Math.ceil(large) }, count: 1 };
    });
    const problem = readProblem(aRequest({ groups, demands }));
    const items = problem.demands.map(
      ({ need = { at: [], units: [] } }): SelectiveItem => ({
        need,
        alternative: 0,
        accepts: () => true,
        needsAccelerator: false,
        worth: 1,
      }),
    );
    const given = { items, waiting: new Float64Array(items.length).fill(1), groups: problem.groups };
    const plan = planManyPurchases(items, given.waiting, { groups: problem.groups, rooms: new Shelves(1e9) });
    expect(faultsOf(plan, given)).toEqual({ faults: [], left: 0 });
  });

  it("keeps to how many a node may hold of each", () => {
    const plain = planning(shapes(600, 5));
    const given = { ...plain, items: plain.items.map((item) => ({ ...item, mostPerNode: 2 })) };
    const plan = planManyPurchases(given.items, given.waiting, { groups: given.groups, rooms: new Shelves(1e9) });
    expect(faultsOf(plan, given)).toEqual({ faults: [], left: 0 });
    expect(Math.max(...plan.flatMap(({ pattern }) => pattern.times))).toBe(2);
  });

  it("serves any shapes in any numbers", () => {
    const amounts = fc.record({ CPU: fc.integer({ min: 1, max: 32_000 }), memory: fc.integer({ min: 1, max: 256 }) });
    const demand = fc.record({ shape: amounts, count: fc.integer({ min: 1, max: 1e6 }) });
    fc.assert(
      fc.property(fc.uniqueArray(demand, { minLength: 401, maxLength: 450, selector: ({ shape }) => JSON.stringify(shape) }), (all) => {
        const given = planning(all.map(({ shape, count }) => ({ shape: { CPU: shape.CPU / 1000, memory: shape.memory }, count })));
        const plan = planManyPurchases(given.items, given.waiting, { groups: given.groups, rooms: new Shelves(1e12) });
        expect(faultsOf(plan, given)).toEqual({ faults: [], left: 0 });
      }),
      { numRuns: 20 },
    );
  });
});
