import { describe } from "vitest";
import { KubeRayBackend } from "../../../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import type { AgentGroup } from "../../../../contract/agentConfig";
import { describeNodeGroupBackend } from "../../../contracts/nodeGroupBackend.contract";
import { agentGroup } from "../../../support/agentBuilders";
import { FakeClock } from "../../../support/fakeClock";
import { MemoryKubeRay } from "../../../support/kubeRay/memoryKubeRay";

let made = 0;

function nextGroup(rayClusterName: string): AgentGroup {
  made += 1;
  return agentGroup({ groupName: `group-${made}`, backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName } });
}

describe("KubeRay over an operator in memory", () => {
  const clock = new FakeClock();
  const kubeRay = new MemoryKubeRay(clock);
  const backend = new KubeRayBackend({ api: kubeRay.api, clock });
  kubeRay.makeCluster("demo", []);
  describeNodeGroupBackend("KubeRay", () => ({
    backend,
    makeGroup: async () => {
      const group = nextGroup("demo");
      const added = { groupName: group.groupName, minReplicas: 0, maxReplicas: 5, replicas: 0, numOfHosts: 1 };
      kubeRay.edit("demo", (spec) => ({ ...spec, workerGroupSpecs: [...(spec.workerGroupSpecs ?? []), added] }));
      return group;
    },
    missingGroup: () => nextGroup("gone"),
    wait: async () => clock.advance(1),
    denyCapacity: async (group) => {
      kubeRay.capacity.set(group.groupName, 0);
    },
    endedOnRequest: /^DeletedWorkerPod: Deleted pod/,
    epochMs: () => clock.epochMs(),
  }));
});
