import { describe, expect, it } from "vitest";
import type { RayObject } from "../../kuberay-provider/rayObject";
import { readLive } from "../../kuberay-provider/readLive";
import type { Properties } from "../../pulumi-protocol/properties";

const cluster = (groups: readonly Properties[], head: Properties = {}): RayObject => ({
  apiVersion: "ray.io/v1",
  kind: "RayCluster",
  metadata: { name: "demo", namespace: "ray", labels: { team: "a" } },
  spec: { enableInTreeAutoscaling: true, headGroupSpec: head, workerGroupSpecs: groups },
});
const env = (...names: readonly string[]) => ({ env: names.map((name) => ({ name, value: name.toUpperCase() })) });

describe("readLive", () => {
  it("is what is declared where only the server and the autoscaler have added to it", () => {
    const declared = cluster([{ groupName: "cpu", maxReplicas: 5 }], { ...env("a", "b"), args: ["x"] });
    const live = cluster([{ groupName: "cpu", maxReplicas: 5, replicas: 3, numOfHosts: 1, scaleStrategy: {} }], {
      env: [
        { name: "b", value: "B" },
        { name: "a", value: "A", more: 1 },
      ],
      args: ["x"],
      serviceType: "ClusterIP",
    });
    expect(readLive(declared, { ...live, status: { state: "ready" } })).toEqual(declared);
  });

  it("does not look at replicas that are declared where an autoscaler sets them, and does where nobody else sets them", () => {
    const [declared, live] = [cluster([{ groupName: "cpu", replicas: 1 }]), cluster([{ groupName: "cpu", replicas: 4 }])];
    expect(readLive(declared, live)).toEqual(declared);
    const fixed = (object: RayObject) => ({ ...object, spec: { ...object.spec, enableInTreeAutoscaling: false } });
    expect(readLive(fixed(declared), fixed(live))).toEqual(fixed(live));
  });

  it("shows what was changed, added to a list and taken away", () => {
    const declared = cluster([{ groupName: "cpu", maxReplicas: 5 }, { groupName: "gpu" }], { ...env("a"), args: ["x"], port: 1 });
    const live = cluster([{ groupName: "cpu", maxReplicas: 6 }], { ...env("a", "b"), args: ["x", "y"] });
    expect(readLive(declared, live)).toEqual(live);
  });
});
