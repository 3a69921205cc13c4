import { describe, expect, it } from "vitest";
import { KubeRayBackend } from "../../../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import { agentGroup } from "../../../support/agentBuilders";
import { FakeClock } from "../../../support/fakeClock";

const backend = { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } as const;

describe("KubeRayBackend", () => {
  it("takes a group as unknown when the API server does not answer", async () => {
    const api = { call: () => Promise.reject(new Error("no answer")) };
    const observed = await new KubeRayBackend({ api, clock: new FakeClock() }).describe(
      [agentGroup({ backend })],
      new AbortController().signal,
    );
    expect(observed.get("cpu")?.kind).toBe("unknown");
  });
});
