import type { AgentConfig, AgentGroup } from "../../contract/agentConfig";
import type { KubeApiCalls } from "../../kubernetes-api/kubeApi";
import { KubernetesError } from "../../kubernetes-api/kubernetesError";
import type { Clock } from "../clock";
import { parseAgentConfig } from "../configSource";
import { withDeadline } from "../deadline";

const CALL_DEADLINE_MS = 5_000;
/** A new group stands in the RayCluster before Kubernetes has handed its configuration on, which takes up to two minutes: only later it is one that leaves. */
const LEAVING_AFTER_MS = 240_000;

/** Where the RayCluster is. */
export interface LeavingGroupsOptions {
  readonly api: KubeApiCalls;
  readonly clock: Clock;
  readonly namespace: string;
}

/**
 * Groups that the RayCluster still has and the configuration does not any more.
 *
 * `pulumi up` leaves a group in the RayCluster until its pods are gone, because the operator forgets pods of unknown groups. Nobody else would end these: they are the
 * agent's as long as they are there, and go as they become idle.
 */
export class LeavingGroups {
  readonly #options: LeavingGroupsOptions;
  /** Of groups that are in the RayCluster alone, since when. */
  #seenMs = new Map<string, number>();

  constructor(options: LeavingGroupsOptions) {
    this.#options = options;
  }

  /**
   * The text of a configuration with these groups in it, with room for nobody. One that cannot be read is handed on as it is, and while the RayCluster cannot be read the
   * groups stay those of before. Throws only the signal's reason.
   */
  async addedTo(text: string, signal: AbortSignal): Promise<string> {
    const config = readable(text);
    if (config === undefined) return text;
    const nowMs = this.#options.clock.monotonicMs();
    const names = await this.#namesOf(config, signal);
    this.#seenMs = new Map(names.map((name) => [name, this.#seenMs.get(name) ?? nowMs]));
    const leaving = names.filter((name) => nowMs - (this.#seenMs.get(name) ?? nowMs) >= LEAVING_AFTER_MS);
    return leaving.length === 0 ? text : JSON.stringify(withGroups(config, this.#options.namespace, leaving));
  }

  /** Groups of the RayCluster that the configuration does not have. */
  async #namesOf({ clusterName, groups }: AgentConfig, signal: AbortSignal): Promise<readonly string[]> {
    const { api, namespace } = this.#options;
    const own = new Set(groups.map(({ groupName }) => groupName));
    try {
      const path = `/apis/ray.io/v1/namespaces/${namespace}/rayclusters/${clusterName}`;
      const cluster = await api.call({ method: "GET", path }, withDeadline(signal, CALL_DEADLINE_MS));
      return [...new Set(groupNames(cluster))].filter((name) => !own.has(name));
    } catch (thrown) {
      signal.throwIfAborted();
      const isGone = thrown instanceof KubernetesError && thrown.status === 404;
      return isGone ? [] : [...this.#seenMs.keys()].filter((name) => !own.has(name));
    }
  }
}

function readable(text: string): AgentConfig | undefined {
  try {
    return parseAgentConfig(text);
  } catch {
    return undefined;
  }
}

function groupNames(cluster: unknown): readonly string[] {
  const { spec } = cluster as { readonly spec?: { readonly workerGroupSpecs?: readonly { readonly groupName?: unknown }[] } };
  return (spec?.workerGroupSpecs ?? []).flatMap(({ groupName }) => (typeof groupName === "string" && groupName !== "" ? [groupName] : []));
}

function withGroups(config: AgentConfig, namespace: string, names: readonly string[]): AgentConfig {
  const leaving = names.map(
    (groupName): AgentGroup => ({
      groupName,
      backend: { kind: "kuberay-worker-group", namespace, rayClusterName: config.clusterName },
      // Live nodes tell what they have, and no new one is wanted.
      resources: {},
      labels: {},
      minReplicas: 0,
      maxReplicas: 0,
      idleTimeoutSeconds: 60,
      bootDeadlineSeconds: 900,
      priority: 0,
      instanceTypes: ["pod"],
    }),
  );
  return { ...config, groups: [...config.groups, ...leaving] };
}
