import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nearestKey } from "../../../components/plan/nearestKey";

const keys = ["groupName", "minReplicas", "maxReplicas", "idleTimeoutSeconds", "needs"];

describe("nearestKey", () => {
  it.each([
    ["maxReplica", "maxReplicas"],
    ["max_replicas", "maxReplicas"],
    ["maxRepilcas", "maxReplicas"],
    ["mnReplicas", "minReplicas"],
    ["IdleTimeoutSeconds", "idleTimeoutSeconds"],
    ["need", "needs"],
    ["group", undefined],
    ["subnets", undefined],
    ["x", undefined],
    ["", undefined],
  ])("takes %j for %j", (written, meant) => {
    expect(nearestKey(written, keys)).toBe(meant);
  });

  it("takes the first in the alphabet of two that are equally near", () => {
    expect(nearestKey("mxReplicas", ["mbReplicas", "maReplicas"])).toBe("maReplicas");
  });

  it("finds any key after one letter of it was lost", () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(), (key, at) => {
        const index = at % key.length;
        expect(nearestKey(key.slice(0, index) + key.slice(index + 1), keys)).toBe(key);
      }),
    );
  });
});
