import { describe, expect, it } from "vitest";
import { clusterTags, machineTags, tagKeys } from "../../../components/plan/tags";

describe("tagKeys", () => {
  it("can be shown to a machine by its metadata service", () => {
    expect(Object.values(tagKeys).every((key) => /^[A-Za-z0-9+\-=.,_:@]+$/.test(key))).toBe(true);
  });
});

describe("clusterTags", () => {
  it("adds the cluster to the user's tags, which cannot take its place", () => {
    expect(clusterTags("demo", { owner: "me", "rayfleet:cluster": "other" })).toEqual({ owner: "me", "rayfleet:cluster": "demo" });
  });
});

describe("machineTags", () => {
  it("says whose a machine is and what for", () => {
    expect(machineTags({ clusterName: "demo", role: "worker", groupName: "gpu", userTags: { owner: "me" } })).toEqual({
      owner: "me",
      "rayfleet:cluster": "demo",
      "rayfleet:role": "worker",
      "rayfleet:group": "gpu",
    });
  });
});
