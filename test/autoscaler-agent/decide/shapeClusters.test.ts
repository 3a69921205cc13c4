import { describe, expect, it } from "vitest";
import { type GroupModel, readProblem } from "../../../autoscaler-agent/decide/problem";
import { clusterShapes, type SelectiveItem, type Standing } from "../../../autoscaler-agent/decide/shapeClusters";
import { aGroup, aRequest } from "../../support/decisionBuilders";

const groups = readProblem(
  aRequest({
    groups: [aGroup({ groupName: "a", labels: { zone: "a" } }), aGroup({ groupName: "b" })],
    demands: [{ shape: { CPU: 1 }, count: 1, selectors: [[{ key: "zone", operator: "In", values: ["a"] }]] }],
  }),
).groups;

function item(units: number, over: Partial<SelectiveItem> = {}): SelectiveItem {
  return { need: { at: [0], units: [units] }, alternative: 0, accepts: () => true, needsAccelerator: false, worth: units, ...over };
}

function clusters(items: readonly SelectiveItem[], { most, standing = "mean" }: { most: number; standing?: Standing }) {
  const waiting = new Float64Array(items.length).fill(1);
  return clusterShapes(items, waiting, { groups, most, standing });
}

describe("clusterShapes", () => {
  it("has every item once, largest first, and not more clusters than asked for", () => {
    const found = clusters(
      Array.from({ length: 1000 }, (_, i) => item(1 + i)),
      { most: 10 },
    );
    expect(found).toHaveLength(10);
    expect(found.flatMap(({ members }) => members).sort((one, other) => one - other)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    for (const { members } of found) expect(members).toEqual([...members].sort((one, other) => other - one));
  });

  it("tells large shapes apart more finely than tiny ones", () => {
    const items = [
      ...Array.from({ length: 500 }, (_, i) => item(1 + (i % 100))),
      ...Array.from({ length: 500 }, (_, i) => item(10_000 + 20 * i)),
    ];
    const found = clusters(items, { most: 10 });
    expect(found.filter(({ members }) => members.every((position) => position < 500))).toHaveLength(1);
  });

  it("never mixes what may be on different nodes, names different resources, or must be apart", () => {
    const onlyA = (group: GroupModel) => group.groupName === "a";
    const items = [
      item(5),
      item(5, { alternative: 1, accepts: onlyA }),
      item(5, { mostPerNode: 1 }),
      item(5, { need: { at: [1], units: [5] } }),
    ];
    expect(clusters([...items, ...items], { most: 1 }).map(({ members }) => members)).toEqual([
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ]);
  });

  it("takes different selectors that come to the same for one kind", () => {
    expect(clusters([item(5), item(5, { alternative: 1 })], { most: 1 })).toHaveLength(1);
  });

  it.each([
    ["mean", 20],
    ["least", 10],
  ] as const)("stands for its items by the %s", (standing, units) => {
    expect(clusters([item(10), item(30)], { most: 1, standing })[0]?.item.need.units).toEqual([units]);
  });

  it("does not divide what is equal", () => {
    expect(
      clusters(
        Array.from({ length: 50 }, () => item(7)),
        { most: 10 },
      ),
    ).toHaveLength(1);
  });
});
