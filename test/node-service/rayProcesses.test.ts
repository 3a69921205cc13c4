import { describe, expect, it } from "vitest";
import { findRaylet, ownedProcesses, type ProcessFacts, parseProcessStat } from "../../node-service/rayProcesses";

function facts(pid: number, overrides: Partial<ProcessFacts> = {}): ProcessFacts {
  return { pid, sessionId: pid, isZombie: false, name: "python3", environment: "PATH=/bin\0", ...overrides };
}

const mark = "PATH=/bin\0RAYFLEET_RAY_OWNER=i-1\0HOME=/root\0";

describe("parseProcessStat", () => {
  it.each([
    ["12 (raylet) S 1 10 9 0 -1", { name: "raylet", state: "S", sessionId: 9 }],
    ["12 (a (b) c) Z 1 10 9 0 -1", { name: "a (b) c", state: "Z", sessionId: 9 }],
  ])("reads %j", (text, expected) => {
    expect(parseProcessStat(text)).toEqual(expected);
  });
});

describe("ownedProcesses", () => {
  it("finds the marked ones, and those in their session whose environment cannot be read", () => {
    const processes = [facts(1), facts(5, { environment: mark }), facts(6, { sessionId: 5, environment: "" }), facts(7)];
    expect(ownedProcesses(processes, "i-1").map(({ pid }) => pid)).toEqual([5, 6]);
  });

  it("leaves Ray of other machines on the same host alone", () => {
    const other = mark.replace("i-1", "i-12");
    expect(ownedProcesses([facts(5, { environment: other }), facts(6, { environment: `X${mark.slice(10)}` })], "i-1")).toEqual([]);
  });

  it("counts zombies as gone", () => {
    expect(ownedProcesses([facts(5, { environment: mark, isZombie: true }), facts(6, { sessionId: 5 })], "i-1")).toEqual([]);
  });
});

describe("findRaylet", () => {
  it("finds it by name", () => {
    expect(findRaylet([facts(5), facts(6, { name: "raylet" })])?.pid).toBe(6);
    expect(findRaylet([facts(5, { name: "gcs_server" })])).toBeUndefined();
  });
});
