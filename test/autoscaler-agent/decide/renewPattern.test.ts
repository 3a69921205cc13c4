import { describe, expect, it } from "vitest";
import { ClusterQueues } from "../../../autoscaler-agent/decide/clusterQueues";
import { renewPattern } from "../../../autoscaler-agent/decide/renewPattern";
import type { SelectiveItem, ShapeCluster } from "../../../autoscaler-agent/decide/shapeClusters";

const item = (units: number): SelectiveItem => ({
  need: { at: [0], units: [units] },
  alternative: 0,
  accepts: () => true,
  needsAccelerator: false,
  worth: units,
});

/** Items of these sizes, all in one cluster. */
function stockOf(sizes: readonly number[], waiting: readonly number[]) {
  const items = sizes.map(item);
  const first = items[0] ?? item(1);
  const cluster: ShapeCluster = { members: sizes.map((_, at) => at), item: first, waiting: 1 };
  const counts = Float64Array.from(waiting);
  const queues = new ClusterQueues([cluster], counts);
  return { items, waiting: counts, queues, nextLike: (at: number) => queues.nextLike(at) };
}

const pattern = (items: readonly number[], times: readonly number[]) => ({ items, times, need: { at: [], units: [] }, worth: 0 });

describe("renewPattern", () => {
  it("puts the next item that fits in the place of one that has run out", () => {
    const stock = stockOf([5, 4, 6, 3, 2], [0, 9, 9, 9, 9]);
    expect(renewPattern(Float64Array.of(10), pattern([0, 1], [1, 1]), stock)).toEqual({
      items: [2, 1],
      times: [1, 1],
      need: { at: [0], units: [10] },
      worth: 10,
    });
  });

  it.each([
    ["too few are left of it", [5, 4, 3], [0, 9, 1], [2, 1], undefined],
    ["nothing that fits is left", [3, 6, 8], [0, 9, 9], [1, 1], undefined],
    ["it is on the node already", [5, 4], [0, 9], [1, 1], undefined],
  ])("takes nothing when %s", (_, sizes, waiting, times, expected) => {
    expect(renewPattern(Float64Array.of(10), pattern([0, 1], times), stockOf(sizes, waiting))).toBe(expected);
  });

  it("leaves it to a new filling when most has run out", () => {
    expect(renewPattern(Float64Array.of(20), pattern([0, 1, 2], [1, 1, 1]), stockOf([5, 4, 3, 3, 3], [0, 0, 9, 9, 9]))).toBeUndefined();
  });
});

describe("ClusterQueues", () => {
  it("offers what still waits from either end", () => {
    const { queues, waiting } = stockOf([9, 8, 7, 6], [1, 2, 0, 1]);
    expect(queues.largest(0, 3)).toEqual([0, 1]);
    expect(queues.smallest(0)).toEqual([3]);
    waiting[0] = 0;
    waiting[3] = 0;
    expect(queues.largest(0, 3)).toEqual([1]);
    expect(queues.smallest(0)).toEqual([1]);
    expect([...queues.nextLike(0)]).toEqual([1]);
    waiting[1] = 0;
    expect(queues.largest(0, 1)).toEqual([]);
    expect(queues.smallest(0)).toEqual([]);
  });
});
