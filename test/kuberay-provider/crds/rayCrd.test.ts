import { describe, expect, it } from "vitest";
import { fieldsLost, readRayCrd } from "../../../kuberay-provider/crds/rayCrd";
import { aRayCrd } from "../../support/kubeRayCrds";

describe("fieldsLost", () => {
  it("finds the fields of a later release, which an older one would drop", () => {
    const [older, newer] = [aRayCrd("RayCluster", ["rayVersion"]), aRayCrd("RayCluster", ["rayVersion", "tlsOptions"])];
    expect(fieldsLost(newer, older)).toEqual(["v1.spec.tlsOptions"]);
    expect(fieldsLost(older, newer)).toEqual([]);
    expect(fieldsLost(newer, newer)).toEqual([]);
  });

  it("does not mind the fields of pods, which come and go with Kubernetes' releases", () => {
    const [before, after] = [aRayCrd("RayCluster", ["rayVersion"], ["containers", "workloadRef"]), aRayCrd("RayCluster", ["rayVersion"])];
    expect(fieldsLost(before, after)).toEqual([]);
  });
});

describe("readRayCrd", () => {
  it.each([
    null,
    "a page",
    { spec: { group: "example.com", names: { kind: "RayCluster" } } },
    { spec: { group: "ray.io", names: { kind: "Pod" } } },
  ])("refuses what is no CRD of KubeRay's: %j", (content) => {
    expect(() => readRayCrd(content, "crds/ray.io_rayclusters.yaml")).toThrow(/^crds\/ray.io_rayclusters.yaml: is no CRD of KubeRay's/);
  });
});
