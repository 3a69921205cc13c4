import { describe, expect, it } from "vitest";
import { type NodeKind, NodePool, nodeRank } from "../../../autoscaler-agent/decide/nodePool";

const labels = { id: 0, key: "", matches: Uint8Array.of(1) };

function aKind(over: Partial<NodeKind> = {}): NodeKind {
  return {
    rank: nodeRank.endable,
    group: undefined,
    accelerator: false,
    labels,
    antiLabels: [],
    free: Float64Array.of(4),
    used: false,
    ...over,
  };
}

const oneUnit = { need: { at: [0], units: [1] }, times: 1 };

/** What the pool holds, in order. */
function contentsOf(pool: NodePool): unknown[] {
  return pool
    .inOrder()
    .map(({ free, count, ids, antiLabels, used }) => ({ free: [...free], count, ids: [...ids], antiLabels: [...antiLabels], used }));
}

describe("NodePool", () => {
  it("counts alike nodes together and keeps their ids in order", () => {
    const pool = new NodePool(Float64Array.of(4));
    pool.add(aKind(), 1, ["a"]);
    pool.add(aKind(), 1, ["b"]);
    expect(contentsOf(pool)).toEqual([{ free: [4], count: 2, ids: ["a", "b"], antiLabels: [], used: false }]);
  });

  it("splits a batch when work is given to some of it, the first ids first", () => {
    const pool = new NodePool(Float64Array.of(4));
    pool.give(pool.add(aKind(), 3, ["a", "b", "c"]), 2, { ...oneUnit, times: 3, antiLabels: [7] });
    expect(contentsOf(pool)).toEqual([
      { free: [1], count: 2, ids: ["a", "b"], antiLabels: [7], used: true },
      { free: [4], count: 1, ids: ["c"], antiLabels: [], used: false },
    ]);
  });

  it("is as before after a roll-back, whatever was given and bought", () => {
    const pool = new NodePool(Float64Array.of(4));
    const batch = pool.add(aKind(), 3, ["a", "b", "c"]);
    pool.give(batch, 1, oneUnit);
    const before = contentsOf(pool);
    const mark = pool.mark();
    const given = pool.give(batch, 2, { ...oneUnit, antiLabels: [1] });
    pool.give(given, 1, oneUnit);
    pool.give(pool.add(aKind({ rank: nodeRank.starting }), 5), 2, oneUnit);
    pool.use(given, 1);
    expect(contentsOf(pool)).not.toEqual(before);
    pool.rollBack(mark);
    expect(contentsOf(pool)).toEqual(before);
  });

  it("forgets anti-affinity labels that nobody avoids any more, and nodes are alike again", () => {
    const pool = new NodePool(Float64Array.of(4));
    const batch = pool.add(aKind({ rank: nodeRank.staying }), 4);
    const mark = pool.mark();
    pool.give(batch, 1, { ...oneUnit, antiLabels: [1] });
    pool.give(batch, 1, { ...oneUnit, antiLabels: [2] });
    pool.commit(mark, (label) => label === 1 || label === 2);
    expect(contentsOf(pool)).toMatchObject([
      { free: [3], count: 2, antiLabels: [] },
      { free: [4], count: 2 },
    ]);
  });

  it("gives work to nodes that stay before those that could end, start, or do not exist; to nodes without accelerators, and to full ones first", () => {
    const pool = new NodePool(Float64Array.of(4));
    const kinds = [
      aKind({ rank: nodeRank.later }),
      aKind({ rank: nodeRank.starting }),
      aKind(),
      aKind({ rank: nodeRank.staying, accelerator: true, free: Float64Array.of(1) }),
      aKind({ rank: nodeRank.staying }),
      aKind({ rank: nodeRank.staying, free: Float64Array.of(2) }),
      aKind({ rank: nodeRank.head }),
    ];
    for (const kind of kinds) pool.add(kind, 1);
    expect(pool.inOrder().map(({ rank, accelerator, free }) => [rank, accelerator, free[0]])).toEqual([
      [nodeRank.head, false, 4],
      [nodeRank.staying, false, 2],
      [nodeRank.staying, false, 4],
      [nodeRank.staying, true, 1],
      [nodeRank.endable, false, 4],
      [nodeRank.starting, false, 4],
      [nodeRank.later, false, 4],
    ]);
  });
});
