import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundedName, childName } from "../../../components/plan/names";

describe("childName", () => {
  it("begins with the cluster's name", () => {
    expect(childName("demo", "worker", "gpu")).toBe("demo-worker-gpu");
  });
});

describe("boundedName", () => {
  it("leaves a short name alone", () => {
    expect(boundedName("demo-worker-gpu")).toBe("demo-worker-gpu");
  });

  it("cuts a long name to 32 characters and keeps its beginning", () => {
    expect(boundedName("a-cluster-with-a-long-name-worker-gpu")).toMatch(/^a-cluster-with-a-long-na-[a-z0-9]{7}$/);
  });

  it("never exceeds the limit and never ends the readable part with a dash", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9-]{0,80}$/), fc.integer({ min: 9, max: 64 }), (name, limit) => {
        const bounded = boundedName(name, limit);
        expect(bounded.length).toBeLessThanOrEqual(limit);
        expect(name.length <= limit || !bounded.includes("--") || name.includes("--")).toBe(true);
      }),
    );
  });

  it("keeps names apart that differ only behind the cut", () => {
    const long = "x".repeat(40);
    const bounded = Array.from({ length: 500 }, (_, index) => boundedName(`${long}${index}`));
    expect(new Set(bounded).size).toBe(500);
  });

  it("refuses a limit without room for the hash", () => {
    expect(() => boundedName("demo", 8)).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: name: has no room for a hash; got 8 characters; expected 9 or more. Allow more.]`,
    );
  });
});
