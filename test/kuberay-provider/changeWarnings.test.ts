import { describe, expect, it } from "vitest";
import { changeWarnings } from "../../kuberay-provider/changeWarnings";
import type { RayObject } from "../../kuberay-provider/rayObject";
import type { Properties } from "../../pulumi-protocol/properties";

const group = (groupName: string, rest: Properties = {}): Properties => ({
  groupName,
  maxReplicas: 5,
  template: { spec: { image: "a" } },
  ...rest,
});

function cluster(groups: readonly Properties[], spec: Properties = {}): RayObject {
  const whole = { enableInTreeAutoscaling: true, headGroupSpec: { template: { spec: { image: "a" } } }, workerGroupSpecs: groups, ...spec };
  return { apiVersion: "ray.io/v1", kind: "RayCluster", metadata: { name: "demo", namespace: "ray" }, spec: whole };
}

const calm = { leaving: [], pods: new Map([["cpu", 2]]) };
const recreate = { upgradeStrategy: { type: "Recreate" } };

describe("changeWarnings", () => {
  it("says nothing of a change that does what it shows", () => {
    const next = cluster([group("cpu", { maxReplicas: 9 }), group("new")], { rayVersion: "2.60.0" });
    expect(changeWarnings(cluster([group("cpu")]), next, calm)).toEqual([]);
  });

  it("names a group that leaves with its pods, and who ends them", () => {
    const leaving = [{ groupName: "old", pods: 3 }];
    const told = (spec: Properties) => changeWarnings(cluster([]), cluster([], spec), { ...calm, leaving });
    expect(told({})).toEqual([
      expect.stringMatching(/^worker group old leaves and still has 3 pods\. .*the autoscaler ends these when they are idle/),
    ]);
    expect(told({ enableInTreeAutoscaling: false })).toEqual([
      expect.stringMatching(/the operator ends these now, with what runs on them/),
    ]);
  });

  it("tells of pods that keep the template of before, and not of groups without pods", () => {
    const newer = { template: { spec: { image: "b" } } };
    const next = cluster([group("cpu", newer), group("gpu", newer)], { headGroupSpec: newer });
    expect(changeWarnings(cluster([group("cpu"), group("gpu")]), next, calm)).toEqual([
      expect.stringMatching(/^the head's pod keeps/),
      "worker group cpu: its 2 pods keep the pod template of before; only new ones get this one.",
    ]);
  });

  it.each([
    ["a group's image", { template: { spec: { image: "b" } } }, true],
    ["a group's idle time-out", { idleTimeoutSeconds: 60 }, true],
    ["bounds", { minReplicas: 1, maxReplicas: 9 }, false],
    ["tolerations", { template: { spec: { image: "a", tolerations: [{ key: "spot" }] } } }, false],
  ])("knows whether Recreate ends all pods for %s", (_, change, ends) => {
    const told = changeWarnings(cluster([group("cpu")], recreate), cluster([group("cpu", change)], recreate), calm);
    expect(told.some((text) => text.startsWith("upgradeStrategy is Recreate: all pods end"))).toBe(ends);
  });

  it("names three places at most", () => {
    const next = cluster([group("a"), group("b"), group("c"), group("d")], recreate);
    expect(changeWarnings(cluster([], recreate), next, calm)).toEqual([expect.stringMatching(/workerGroupSpecs\[2\], and 1 more\.$/)]);
  });
});

describe("changeWarnings of a service", () => {
  const [a, b] = [group("a"), group("b")];
  const service = (groups: readonly Properties[], spec: Properties = {}, version = "1"): RayObject => ({
    ...cluster([]),
    kind: "RayService",
    spec: { rayClusterConfig: { rayVersion: version, workerGroupSpecs: groups }, ...spec },
  });
  const told = (next: RayObject) => changeWarnings(service([a]), next, calm);

  it.each([
    ["what is served", service([a], { serveConfigV2: "b" })],
    ["bounds", service([{ ...a, minReplicas: 1, maxReplicas: 9 }])],
    ["a group at the end", service([a, b])],
  ])("says nothing of %s, which reaches the cluster that serves", (_, next) => {
    expect(told(next)).toEqual([]);
  });

  it.each<[string, RayObject, string]>([
    [
      "another version",
      service([a], {}, "2"),
      "a second cluster is made beside the one that serves, and takes over when it serves, because of spec.rayClusterConfig.rayVersion. Until then there must be room for both.",
    ],
    ["a group that leaves", service([]), "because of spec.rayClusterConfig.workerGroupSpecs[0]."],
    ["a group that comes first", service([b, a]), "because of spec.rayClusterConfig.workerGroupSpecs[0]."],
    [
      "steps",
      service([a], { upgradeStrategy: { type: "NewClusterWithIncrementalUpgrade" } }, "2"),
      "takes the requests over step by step, because of",
    ],
    [
      "no upgrade",
      service([a], { upgradeStrategy: { type: "None" } }, "2"),
      "upgradeStrategy is None: the cluster that serves stays as it is, and spec.rayClusterConfig.rayVersion has no effect.",
    ],
  ])("says what becomes of the cluster with %s", (_, next, says) => {
    expect(told(next).join("\n")).toContain(says);
  });
});
