import { describe, expect, it } from "vitest";
import { assessGroup, type GroupAssessment } from "../../../../autoscaler-agent/decide/tick/groups";
import type { LaunchFailure, NodeGroupState } from "../../../../autoscaler-agent/nodeGroups/backend";
import { agentGroup } from "../../../support/agentBuilders";

const tickSeconds = 2;
const epochMs = 1_000_000_000_000;

/** A group that wants two machines and has so many, tick after tick, in a cloud that fails as told. */
class WaitingGroup {
  #tick = 0;
  #last: GroupAssessment | undefined;

  constructor(private readonly places: Pick<NodeGroupState, "zones" | "markets">) {}

  tick({ failures = [], filled = 0 }: { failures?: readonly Partial<LaunchFailure>[]; filled?: number } = {}): GroupAssessment {
    this.#tick += 1;
    const nowMs = this.#tick * tickSeconds * 1000;
    const instances = Array.from({ length: filled }, (_, i) => ({
      instanceId: `i-${i}`,
      lifecycle: "in-service" as const,
      cloudState: "InService",
      instanceType: "m7i.xlarge",
      zone: "b",
      fillsDesired: true,
      protectedFromScaleIn: true,
    }));
    this.#last = assessGroup({
      group: agentGroup(),
      observation: { kind: "known", state: { desired: 2, min: 0, max: 10, launchSuspended: false, instances, ...this.places } },
      instances: [],
      launchFailures: failures.map((failure) => ({ code: "capacity", message: "no capacity", atMs: epochMs + nowMs, ...failure })),
      schedules: [],
      headAliveSinceMs: 0,
      nowMs,
      epochMs: epochMs + nowMs,
      memory: this.#last?.memory,
    });
    return this.#last;
  }

  ticks(seconds: number): GroupAssessment {
    let last = this.tick();
    for (let at = tickSeconds; at < seconds; at += tickSeconds) last = this.tick();
    return last;
  }
}

const twoZones = { zones: ["a", "b"], markets: ["on-demand"] } as const;

describe("assessGroup, of a group of two zones", () => {
  it("goes on counting on it while one zone has no machines", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    const after = group.tick({ failures: [{ zone: "a" }] });
    expect([after.unavailable, after.awaited, after.givenUp]).toEqual([undefined, 2, 0]);
    expect(after.memory.failedWays).toMatchObject([{ zone: "a", market: "on-demand" }]);
  });

  it("is unavailable when both have none, until the first of them may be tried again", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    group.tick({ failures: [{ zone: "a" }] });
    const after = group.tick({ failures: [{ zone: "b", message: "nothing in b" }] });
    expect(after.unavailable).toBe(
      "paused for 178 s more (capacity): no capacity in any of its zones and markets; the last one: nothing in b",
    );
    expect([after.awaited, after.givenUp]).toEqual([0, 2]);
    expect(group.ticks(176).unavailable).toBeDefined();
    expect(group.tick().unavailable).toBeUndefined();
  });

  it("takes failures that are listed together each for its own", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    expect(group.tick({ failures: [{ zone: "b" }, { zone: "a" }] }).unavailable).toBeDefined();
  });

  it("is unavailable when launches fail and nothing comes for a minute, whatever seems open", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    group.tick({ failures: [{ zone: "a" }] });
    expect(group.ticks(54).unavailable).toBeUndefined();
    expect(group.ticks(6).unavailable).toMatch(/^paused for \d+ s more \(capacity\): no capacity$/);
  });

  it("stays available while machines come", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    group.tick({ failures: [{ zone: "a" }] });
    group.ticks(50);
    expect(group.tick({ filled: 1 }).unavailable).toBeUndefined();
    for (let i = 0; i < 60; i += 1) expect(group.tick({ filled: 1 }).unavailable).toBeUndefined();
  });

  it("is unavailable at once for a quota or a mistake, which no zone mends", () => {
    const group = new WaitingGroup(twoZones);
    group.tick();
    expect(group.tick({ failures: [{ zone: "a", code: "quota", message: "vCPU limit" }] }).unavailable).toMatch(/\(quota\): vCPU limit/);
  });
});

describe.each([
  ["one zone and one market", { zones: ["a"], markets: ["spot"] } as const],
  ["ways that the cloud does not name", {}],
])("assessGroup, of a group of %s", (_what, places) => {
  it("is unavailable with the first failure, for a minute", () => {
    const group = new WaitingGroup(places);
    group.tick();
    const after = group.tick({ failures: [{ zone: "a" }] });
    expect(after.unavailable).toBe("paused for 60 s more (capacity): no capacity");
    expect(after.memory.failedWays).toBeUndefined();
  });
});
