import type { NodeGroupObservation, NodeGroupState } from "../../../autoscaler-agent/nodeGroups/backend";
import { KubeRayBackend } from "../../../autoscaler-agent/nodeGroups/kubeRay/kubeRayBackend";
import type { LiveCluster, LiveGroup } from "../../../autoscaler-agent/nodeGroups/kubeRay/liveObjects";
import type { AgentGroup } from "../../../contract/agentConfig";
import { agentGroup } from "../agentBuilders";
import { FakeClock } from "../fakeClock";
import { MemoryKubeRay } from "./memoryKubeRay";

const { signal } = new AbortController();

/** A worker group as a RayCluster has it. */
export function liveGroup(overrides: Partial<LiveGroup> = {}): LiveGroup {
  return { groupName: "cpu", minReplicas: 0, maxReplicas: 9, replicas: 0, numOfHosts: 1, ...overrides };
}

/** The RayCluster `ray/demo` with its operator in memory, and the backend. */
export class KubeRayWorld {
  readonly clock = new FakeClock();
  readonly kubeRay = new MemoryKubeRay(this.clock);
  readonly api = this.kubeRay.api;
  readonly backend = new KubeRayBackend({ api: this.api, clock: this.clock });

  constructor(groups: readonly LiveGroup[] = [liveGroup()], spec: LiveCluster["spec"] = {}) {
    this.kubeRay.makeCluster("demo", groups, spec);
  }

  /** The agent's own configuration of the group. */
  group(groupName = "cpu"): AgentGroup {
    return agentGroup({ groupName, backend: { kind: "kuberay-worker-group", namespace: "ray", rayClusterName: "demo" } });
  }

  async observe(groupName = "cpu"): Promise<NodeGroupObservation> {
    const observed = (await this.backend.describe([this.group(groupName)], signal)).get(groupName);
    if (observed === undefined) throw new Error(`no answer for ${groupName}`);
    return observed;
  }

  async state(groupName = "cpu"): Promise<NodeGroupState> {
    const observed = await this.observe(groupName);
    if (observed.kind !== "known") throw new Error(observed.error.message);
    return observed.state;
  }

  /** So many pods that run; their names, oldest first. */
  async grown(count: number, groupName = "cpu"): Promise<readonly string[]> {
    await this.backend.setDesired(this.group(groupName), count, signal);
    this.kubeRay.podNames(groupName);
    this.clock.advance(6);
    return this.kubeRay.podNames(groupName);
  }

  /** What the RayCluster has of the group now. */
  spec(groupName = "cpu"): LiveGroup | undefined {
    return this.api.clusters.get("demo")?.spec?.workerGroupSpecs?.find((one) => one.groupName === groupName);
  }

  /** Does this once, right before the next patch takes effect, and lets the operator act on it. */
  beforeNextPatch(change: () => void): void {
    this.api.fault = ({ verb }, moment) => {
      if (verb !== "patch" || moment !== "before") return undefined;
      this.api.fault = () => undefined;
      change();
      this.kubeRay.podNames("");
      return undefined;
    };
  }
}
