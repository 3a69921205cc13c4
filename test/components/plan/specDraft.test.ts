import { describe, expect, it } from "vitest";
import { clusterSpecForm } from "../../../components/plan/parseClusterSpec";
import { draftSpec as draftOf } from "../../../components/plan/specDraft";

const cpu = { groupName: "cpu", instanceTypes: ["m7i.xlarge"], maxReplicas: 4 };

const draftSpec = (written: unknown) => draftOf(written, clusterSpecForm.draftSchema);

describe("draftSpec", () => {
  it("takes a whole specification as it is, with defaults", () => {
    const draft = draftSpec({ platform: "aws", workerGroups: [cpu] });
    expect(draft?.spec.workerGroups[0]).toMatchObject({ ...cpu, minReplicas: 0 });
    expect(draft?.spec.head.instanceType).toBe("r5dn.16xlarge");
    expect(draft?.written).toEqual({ platform: "aws", workerGroups: [cpu] });
  });

  it("takes out values of the wrong kind and keeps the rest", () => {
    const draft = draftSpec({ platform: "aws", head: { instanceType: "m7i.large", rootDiskGiB: "big" }, workerGroups: [cpu] });
    expect(draft?.spec.head).toMatchObject({ instanceType: "m7i.large", rootDiskGiB: 100 });
  });

  it("takes out a group that lacks what it must have, and still knows where the others stood", () => {
    const draft = draftSpec({ platform: "aws", workerGroups: [{ groupName: "x" }, cpu, { nothing: 1 }, { ...cpu, groupName: "gpu" }] });
    expect(draft?.spec.workerGroups.map(({ groupName }) => groupName)).toEqual(["cpu", "gpu"]);
    expect(draft?.toWrittenPath(["workerGroups", 1, "maxReplicas"])).toEqual(["workerGroups", 3, "maxReplicas"]);
  });

  it("knows where the entries of a list inside a list stood", () => {
    const draft = draftSpec({ platform: "aws", workerGroups: [7, { ...cpu, instanceTypes: [1, 2, "m7i.xlarge"] }] });
    expect(draft?.toWrittenPath(["workerGroups", 0, "instanceTypes", 0])).toEqual(["workerGroups", 1, "instanceTypes", 2]);
  });

  it("needs neither a platform nor groups", () => {
    expect(draftSpec({ platform: "moon", workerGroups: "many" })?.spec).toMatchObject({ platform: "aws", workerGroups: [] });
  });

  it("does not change what it was given", () => {
    const written = { platform: "moon", workerGroups: [{ groupName: "x" }] };
    draftSpec(written);
    expect(written).toEqual({ platform: "moon", workerGroups: [{ groupName: "x" }] });
  });

  it.each([[undefined], [null], ["text"], [[]], [7]])("is undefined for %j", (written) => {
    expect(draftSpec(written)).toBeUndefined();
  });
});
