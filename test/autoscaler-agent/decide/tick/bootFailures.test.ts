import { describe, expect, it } from "vitest";
import { failureText, isBootFailure, isFailing, probeSize } from "../../../../autoscaler-agent/decide/tick/bootFailures";
import { learnedBootDeadline } from "../../../../autoscaler-agent/decide/tick/bootTimes";
import type { InstanceAssessment } from "../../../../autoscaler-agent/decide/tick/instances";
import type { InstanceMemory } from "../../../../autoscaler-agent/decide/tick/memory";
import { nodeId } from "../../../support/agentBuilders";

function machine(over: Partial<InstanceMemory> = {}): InstanceMemory {
  return { groupName: "cpu", startedMs: 1_000_000, launchTimeKnown: true, ...over };
}

const stay = { life: { nodeId: nodeId(1), sinceMs: 0, draining: false }, stableMs: 1 };
const ended = (cause: "never-joined" | "boot-failed" | "joined-and-lost" | "node-lost" | "drained", memory = machine()) => ({
  cause,
  groupName: "cpu",
  memory,
});

describe("failureText", () => {
  it("has the last three lines of the console, and no more of them than fit a sentence", () => {
    expect(failureText("it never joined", ["a", "b", "c", "d"])).toBe("it never joined; its console ends with: b | c | d");
    const text = failureText("x", ["y".repeat(500), "the end"]);
    expect([text.length, text.slice(-15)]).toEqual(["x; its console ends with: ".length + 240, "yyyyy | the end"]);
  });

  it("is the cause alone where nothing is known of a console", () => {
    expect([failureText("it never joined"), failureText("it never joined", [])]).toEqual(["it never joined", "it never joined"]);
  });
});

describe("isBootFailure", () => {
  it.each<[string, boolean, ReturnType<typeof ended>]>([
    ["never joined", true, ended("never-joined")],
    ["gave up", true, ended("boot-failed")],
    ["came and went", true, ended("joined-and-lost")],
    ["was lost soon after it joined", true, ended("node-lost", machine({ joinedMs: 0, missingSinceMs: 89_999 }))],
    ["was lost after it had stayed", false, ended("node-lost", machine({ joinedMs: 0, missingSinceMs: 90_000 }))],
    ["was drained", false, ended("drained", machine({ joinedMs: 0, missingSinceMs: 10 }))],
  ])("holds of a machine that %s: %s", (_what, expected, one) => {
    expect(isBootFailure(one, [])).toBe(expected);
  });

  it.each<[string, boolean, InstanceMemory]>([
    ["was launched with it and stayed", false, machine({ startedMs: 940_000, stay })],
    ["was launched later and stayed", false, machine({ startedMs: 2_000_000, stay })],
    ["was launched long before", true, machine({ startedMs: 939_999, stay })],
    ["is of another group", true, machine({ groupName: "gpu", stay })],
    ["has not stayed yet", true, machine({ stay: { life: stay.life } })],
    ["was never in Ray", true, machine()],
  ])("with another machine that %s: %s", (_what, expected, other) => {
    expect(isBootFailure(ended("never-joined"), [other])).toBe(expected);
  });
});

describe("isFailing", () => {
  it("begins with the third in a row", () => {
    expect([0, 2, 3, 9].map((bootFailures) => isFailing({ bootFailures }))).toEqual([false, false, true, true]);
  });
});

describe("probeSize", () => {
  const known = (phase: InstanceAssessment["phase"], memory: InstanceMemory) => ({ phase, memory }) as InstanceAssessment;
  it.each<[string, number, number, InstanceAssessment[]]>([
    ["one more, when all have stayed", 3, 0, [known("running", machine({ stay }))]],
    ["one more beside those that leave", 3, 0, [known("draining", machine()), known("expired", machine())]],
    ["none, while one starts", 2, 0, [known("starting", machine())]],
    ["none, while one has not stayed yet", 2, 0, [known("running", machine({ stay: { life: stay.life } }))]],
    ["none, while one is awaited", 2, 1, []],
  ])("is %s", (_what, size, awaited, instances) => {
    expect(probeSize(2, { awaited, instances })).toBe(size);
  });
});

describe("learnedBootDeadline", () => {
  it.each<[string, number, readonly number[], number]>([
    ["configured, while few boots are known", 900, [40, 40, 40, 40], 0],
    ["four times the slowest of five", 200, [40, 50, 40, 40, 40], 0],
    ["two minutes at least", 120, [5, 5, 5, 5, 5], 0],
    ["never more than configured", 900, [400, 400, 400, 400, 400], 0],
    ["configured again after a failure", 900, [40, 40, 40, 40, 40], 1],
  ])("is %s", (_what, seconds, bootSeconds, bootFailures) => {
    expect(learnedBootDeadline(900, { bootSeconds, bootFailures })).toBe(seconds);
  });
});
