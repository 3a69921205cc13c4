import type { AgentGroup } from "../../../contract/agentConfig";
import type { KubeApiCalls } from "../../../kubernetes-api/kubeApi";
import type { Clock } from "../../clock";
import type { BackendError, LaunchFailure, NodeGroupBackend, NodeGroupObservation, WriteOutcome } from "../backend";

/** What the backend works with. */
export interface KubeRayBackendPorts {
  readonly api: KubeApiCalls;
  readonly clock: Clock;
}

const notYet: BackendError = { code: "unknown", message: "worker groups of a RayCluster cannot be read yet" };

/** Worker groups of a RayCluster as node groups, its pods as their machines. */
export class KubeRayBackend implements NodeGroupBackend {
  constructor(protected readonly ports: KubeRayBackendPorts) {}

  async describe(groups: readonly AgentGroup[], signal: AbortSignal): Promise<ReadonlyMap<string, NodeGroupObservation>> {
    signal.throwIfAborted();
    return new Map(groups.map(({ groupName }) => [groupName, { kind: "unknown", error: notYet }]));
  }

  async launchTimes(_instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    signal.throwIfAborted();
    return new Map();
  }

  async launchFailures(_group: AgentGroup, signal: AbortSignal): Promise<readonly LaunchFailure[]> {
    signal.throwIfAborted();
    return [];
  }

  async endReasons(_group: AgentGroup, _instanceIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    signal.throwIfAborted();
    return new Map();
  }

  async consoleTail(_instanceId: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    return [];
  }

  async setDesired(_group: AgentGroup, _desired: number, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    return { kind: "failed", error: notYet };
  }

  async terminate(_group: AgentGroup, _end: { readonly instanceId: string }, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    return { kind: "failed", error: notYet };
  }
}
