import { describe, expect, it } from "vitest";
import { decide } from "../../autoscaler-agent/decide/decide";
import { planActions } from "../../autoscaler-agent/decide/tick/actions";
import { assess } from "../../autoscaler-agent/decide/tick/assess";
import { BusyCluster } from "../../bench/busyCluster";

/** So many ticks in a row, as the benchmark does them: how many nodes each was asked about, and what it did. */
function ticksOf(cluster: BusyCluster, count: number) {
  let memory = cluster.memory();
  return Array.from({ length: count }, () => {
    const assessment = assess(cluster.observe(), memory, cluster.config);
    ({ memory } = assessment);
    if (assessment.request === undefined) throw new Error("Ray is known");
    const actions = planActions(assessment, decide(assessment.request), cluster.config);
    return { nodes: assessment.request.nodes.length, actions };
  });
}

describe("BusyCluster", () => {
  const size = { nodes: 40, groups: 4, shapes: 12, gangs: 3 };

  it("gives the agent every node and always something to do", () => {
    const ticks = ticksOf(new BusyCluster(size, 1), 4);
    expect(ticks.map(({ nodes }) => nodes)).toEqual([41, 41, 41, 41]);
    expect(ticks.every(({ actions }) => actions.length > 0)).toBe(true);
  });

  it("is the same for the same seed", () => {
    expect(ticksOf(new BusyCluster(size, 2), 3)).toEqual(ticksOf(new BusyCluster(size, 2), 3));
  });
});
