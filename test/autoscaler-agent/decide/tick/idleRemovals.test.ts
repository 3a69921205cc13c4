import { describe, expect, it } from "vitest";
import type { GroupAssessment } from "../../../../autoscaler-agent/decide/tick/groups";
import { afterIdleRemovals, type IdleRemovals, idleRemovalRoom } from "../../../../autoscaler-agent/decide/tick/idleRemovals";
import { emptyMemory } from "../../../../autoscaler-agent/decide/tick/memory";
import type { RayNode } from "../../../../autoscaler-agent/ray/rayControl";
import { nodeId, rayNode } from "../../../support/agentBuilders";

const nowMs = 10_000_000;

function removals(secondsAgo: number, over: Partial<IdleRemovals> = {}): IdleRemovals {
  return { atMs: nowMs - secondsAgo * 1000, asked: 0, left: 0, regretted: 0, ...over };
}

function roomAfter(...idleRemovals: IdleRemovals[]): number {
  return idleRemovalRoom({ ...emptyMemory(0), idleRemovals }, [], nowMs).room;
}

/** A group of machines of which only this is known. */
function groupOf(machines: readonly { phase: string; node?: RayNode; memory?: object }[]): GroupAssessment {
  return { instances: machines.map((one) => ({ memory: {}, ...one })) } as unknown as GroupAssessment;
}

describe("idleRemovalRoom", () => {
  it.each<[string, number, IdleRemovals[]]>([
    ["ten, when nothing has left", 10, []],
    ["what is left of ten in this minute", 3, [removals(30, { asked: 7, left: 7 })]],
    ["nothing, when ten have left in this minute", 0, [removals(59, { asked: 10, left: 10 })]],
    ["twice as many as left in the minute before", 80, [removals(60, { asked: 40, left: 40 })]],
    ["not twice what Ray refused", 10, [removals(60, { asked: 40, left: 2 })]],
    ["ten again, when the minute before was quiet", 10, [removals(120, { asked: 40, left: 40 })]],
    [
      "twice the minute before, less what has left in this one",
      50,
      [removals(100, { asked: 40, left: 40 }), removals(59, { asked: 30, left: 30 })],
    ],
    ["nothing, when more than a tenth was wanted back", 0, [removals(300, { asked: 40, left: 40 }), removals(200, { regretted: 5 })]],
    ["twice as many, when a tenth or less was wanted back", 80, [removals(70, { asked: 40, left: 40 }), removals(50, { regretted: 4 })]],
    ["ten again ten minutes later", 10, [removals(600, { asked: 40, left: 40 }), removals(600, { regretted: 5 })]],
  ])("is %s", (_what, room, ticks) => {
    expect(roomAfter(...ticks)).toBe(room);
  });

  it("is a tenth of the nodes that run, where that is more than ten", () => {
    const phases = [...Array.from({ length: 201 }, () => "running" as const), ...Array.from({ length: 99 }, () => "starting" as const)];
    expect(idleRemovalRoom(emptyMemory(0), [groupOf(phases.map((phase) => ({ phase })))], nowMs).room).toBe(21);
  });

  it("takes no node for gone that was asked to leave and is still in Ray", () => {
    const memory = { ...emptyMemory(0), idleRemovals: [removals(60, { asked: 40, left: 40 })] };
    const asked = { drain: { nodeId: nodeId(1), acceptedMs: 0 } };
    const machines = [
      ...Array.from({ length: 15 }, () => ({ phase: "draining" as const, node: rayNode(), memory: asked })),
      ...Array.from({ length: 8 }, () => ({ phase: "drained" as const, memory: asked })),
      ...Array.from({ length: 8 }, () => ({ phase: "running" as const, node: rayNode() })),
    ];
    expect(idleRemovalRoom(memory, [groupOf(machines)], nowMs)).toEqual({
      room: 50,
      why: "50 leave in a minute, and twice as many when nobody misses them",
    });
  });

  it("says what it waits for", () => {
    expect(idleRemovalRoom(emptyMemory(nowMs), [], nowMs).why).toContain("just started");
    const memory = { ...emptyMemory(0), idleRemovals: [removals(100, { asked: 40, left: 40 }), removals(90, { regretted: 5 })] };
    expect(idleRemovalRoom(memory, [], nowMs).why).toBe(
      "5 nodes that left in the last 10 minutes were wanted back, so 10 leave in 10 minutes and no more",
    );
  });

  it("is nothing in the first minute of the agent", () => {
    expect(idleRemovalRoom(emptyMemory(nowMs - 59_999), [], nowMs).room).toBe(0);
    expect(idleRemovalRoom(emptyMemory(nowMs - 60_000), [], nowMs).room).toBe(10);
  });
});

describe("afterIdleRemovals", () => {
  it("remembers ten minutes and nothing of quiet ticks", () => {
    const old = [removals(600, { asked: 1 }), removals(599, { asked: 2 })];
    expect(afterIdleRemovals(old, removals(0))).toEqual([old[1]]);
    expect(afterIdleRemovals(old, removals(0, { regretted: 1 }))).toEqual([old[1], removals(0, { regretted: 1 })]);
    expect(afterIdleRemovals(undefined, removals(0))).toBeUndefined();
    const tick = removals(0, { asked: 2, regretted: 2 });
    expect(afterIdleRemovals(undefined, tick)).toEqual([tick]);
  });
});
