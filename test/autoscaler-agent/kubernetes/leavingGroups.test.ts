import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "../../../autoscaler-agent/configSource";
import { LeavingGroups } from "../../../autoscaler-agent/kubernetes/leavingGroups";
import type { KubeApiCalls } from "../../../kubernetes-api/kubeApi";
import { KubernetesError } from "../../../kubernetes-api/kubernetesError";
import { agentConfig, agentGroup } from "../../support/agentBuilders";
import { FakeClock } from "../../support/fakeClock";

const never = new AbortController().signal;
const backend = { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } as const;
const text = JSON.stringify(agentConfig({ groups: [agentGroup({ groupName: "cpu", backend })] }));

/** A RayCluster with groups of these names, or a failure. */
class OneCluster implements KubeApiCalls {
  names: readonly string[] | Error = [];

  async call({ path }: { readonly path: string }): Promise<unknown> {
    expect(path).toBe("/apis/ray.io/v1/namespaces/ray/rayclusters/demo");
    if (this.names instanceof Error) throw this.names;
    return { spec: { workerGroupSpecs: this.names.map((groupName) => ({ groupName, replicas: 1 })) } };
  }
}

function setUp() {
  const [api, clock] = [new OneCluster(), new FakeClock()];
  const leaving = new LeavingGroups({ api, clock, namespace: "ray" });
  const groups = async () => parseAgentConfig(await leaving.addedTo(text, never)).groups.map(({ groupName }) => groupName);
  return { api, clock, leaving, groups };
}

describe("LeavingGroups", () => {
  it("changes nothing while the RayCluster has the groups of the configuration", async () => {
    const { api, leaving } = setUp();
    api.names = ["cpu"];
    expect(await leaving.addedTo(text, never)).toBe(text);
  });

  it("lets a group that is not configured any more go, with room for nobody, once the configuration cannot be late", async () => {
    const { api, clock, leaving, groups } = setUp();
    api.names = ["cpu", "old", "old"];
    expect(await groups()).toEqual(["cpu"]);
    clock.advance(239);
    expect(await groups()).toEqual(["cpu"]);
    clock.advance(1);
    expect(await groups()).toEqual(["cpu", "old"]);
    const { groups: added } = parseAgentConfig(await leaving.addedTo(text, never));
    expect(added[1]).toMatchObject({ backend, minReplicas: 0, maxReplicas: 0 });
    api.names = ["cpu"];
    expect(await groups()).toEqual(["cpu"]);
  });

  it("counts the time anew for a group that was configured in between", async () => {
    const { api, clock, groups } = setUp();
    api.names = ["cpu", "new"];
    await groups();
    clock.advance(200);
    api.names = ["cpu"];
    await groups();
    api.names = ["cpu", "new"];
    clock.advance(100);
    expect(await groups()).toEqual(["cpu"]);
  });

  it("keeps what it knew while the RayCluster cannot be read, and forgets it with the RayCluster", async () => {
    const { api, clock, groups } = setUp();
    api.names = ["cpu", "old"];
    await groups();
    clock.advance(240);
    api.names = new KubernetesError("no answer");
    expect(await groups()).toEqual(["cpu", "old"]);
    api.names = new KubernetesError("not found", 404);
    expect(await groups()).toEqual(["cpu"]);
  });

  it("hands on what is no configuration, for others to say so", async () => {
    expect(await setUp().leaving.addedTo("{", never)).toBe("{");
  });

  it("stops when it is told to", async () => {
    const { api, leaving } = setUp();
    api.names = new Error("aborted");
    await expect(leaving.addedTo(text, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
  });
});
