import { describe, expect, it } from "vitest";
import { Backlog } from "../../../cli/simulate/backlog";
import { type Chance, seededChance } from "../../../cli/simulate/chance";
import { Fleet, type FleetNode } from "../../../cli/simulate/fleet";
import { HybridOrder } from "../../../cli/simulate/nodeOrder";
import { ResourceSpace, takeFrom } from "../../../cli/simulate/resourceSpace";
import { aJob, aSimulatedGroup } from "../../support/simulationBuilders";

/** So many nodes of 4 CPUs, of which so many are in use; and one-CPU tasks given to them one after the other. */
function someNodes(used: readonly number[], chance: Chance = () => 0) {
  const groups = [aSimulatedGroup()];
  const space = new ResourceSpace([{ CPU: 1 }]);
  const fleet = new Fleet(space, groups);
  const kind = new Backlog(space, groups).lotOf(aJob())?.kind;
  if (kind === undefined) throw new Error("the group holds the task");
  const nodes = used.map((cpus) => {
    const [group] = fleet.groups;
    if (group === undefined) throw new Error("there is a group");
    const node = fleet.launch(group);
    fleet.join(node, 0);
    takeFrom(node.free, kind.wanted, cpus);
    return node;
  });
  const order = new HybridOrder(space, chance);
  const given = (tasks: number) => {
    const counts = nodes.map(() => 0);
    for (let task = 0; task < tasks; task += 1) {
      const give = (node: FleetNode, count: number) => {
        takeFrom(node.free, kind.wanted, count);
        counts[nodes.indexOf(node)] = (counts[nodes.indexOf(node)] ?? 0) + count;
      };
      order.place(kind, nodes, { left: 1, all: nodes.length, give });
    }
    return counts;
  };
  return { order, kind, nodes, given };
}

describe("HybridOrder", () => {
  it("takes an idle node as gladly as one in use under a half, and fills one to the half before the next", () => {
    expect(someNodes([1, 0]).given(1)).toEqual([1, 0]);
    expect(someNodes([0, 1]).given(1)).toEqual([1, 0]);
    expect(someNodes([0, 0, 0]).given(4)).toEqual([2, 2, 0]);
  });

  it("takes the least used one from the half on", () => {
    expect(someNodes([3, 2]).given(1)).toEqual([0, 1]);
    expect(someNodes([2, 2]).given(4)).toEqual([2, 2]);
  });

  it("picks by chance among the lowest fifth of all nodes, and no others", () => {
    const used = [...Array.from({ length: 8 }, () => 2), 0, 0];
    expect(someNodes(used, () => 0.99).given(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    const { given } = someNodes(
      Array.from({ length: 10 }, () => 0),
      seededChance(1, "test"),
    );
    // Two of ten may be picked at a time: the third comes when one of them is at its half.
    expect(given(3).filter((count) => count > 0).length).toBeLessThanOrEqual(2);
  });

  it("gives no node more than it has room for, and says what is left", () => {
    const { order, kind, nodes } = someNodes([1, 4, 3], seededChance(1, "test"));
    const give = (node: FleetNode, count: number) => takeFrom(node.free, kind.wanted, count);
    expect(order.place(kind, nodes, { left: 10, all: nodes.length, give })).toBe(6);
    expect(nodes.map(({ free }) => [...free])).toEqual([[0], [0], [0]]);
  });
});
