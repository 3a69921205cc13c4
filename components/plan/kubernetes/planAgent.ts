import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { nodePorts } from "../../../contract/ports";
import type { KubernetesObject, SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";
import { agentName, planAgentAccess } from "./planAgentAccess";
import { planAgentConfig } from "./planAgentConfig";
import { agentLabels, planAgentPod } from "./planAgentPod";

/** The agent's program as `npm run build` packs it. */
export interface AgentProgram {
  /** In base64, each short enough for a ConfigMap that `kubectl apply` can still annotate. */
  readonly parts: readonly string[];
  /** Of the content, some hexadecimal digits. */
  readonly hash: string;
}

/** The agent is to be planned, and there is no program for it. */
export class NoAgentProgramError extends Error {
  override readonly name = "NoAgentProgramError";
}

interface ConfigMapManifest extends KubernetesObject {
  readonly immutable?: true;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

type DeploymentManifest = SpecifiedObject<{
  readonly replicas: 1;
  readonly strategy: { readonly type: "Recreate" };
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: PodTemplateSpec;
}>;

type ServiceManifest = SpecifiedObject<{
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
}>;

/** Named by its content: another program is another ConfigMap, so that a pod that starts again in the middle of an update has all of one. */
function programMaps(spec: KubernetesClusterSpec, program: AgentProgram | undefined): readonly ConfigMapManifest[] {
  if (spec.agent.image !== undefined) return [];
  if (program === undefined) {
    throw new NoAgentProgramError(
      "agent: has no program to run; got nothing built; expected what the build writes. Run `npm run build`, or set agent.image.",
    );
  }
  return program.parts.map((part, index) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: objectMetadata(spec, `${agentName(spec)}-${program.hash}-${index}`),
    immutable: true,
    binaryData: { [`agent.js.gz.${index}`]: part },
  }));
}

/** The pods read the file again while they run, so that a change needs no new pod. */
function configMap(spec: KubernetesClusterSpec): ConfigMapManifest {
  const text = JSON.stringify(planAgentConfig(spec), undefined, 2);
  return { apiVersion: "v1", kind: "ConfigMap", metadata: objectMetadata(spec, agentName(spec)), data: { "agent.json": `${text}\n` } };
}

function deployment(spec: KubernetesClusterSpec, programNames: readonly string[]): DeploymentManifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: objectMetadata(spec, agentName(spec), { labels: agentLabels(spec) }),
    spec: {
      replicas: 1,
      // A second one would wait for the Lease of the first.
      strategy: { type: "Recreate" },
      selector: { matchLabels: agentLabels(spec) },
      template: planAgentPod(spec, programNames),
    },
  };
}

/** For scrapers, and for the page by `kubectl port-forward`. */
function service(spec: KubernetesClusterSpec): ServiceManifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: objectMetadata(spec, agentName(spec), { labels: agentLabels(spec) }),
    spec: { selector: agentLabels(spec), ports: [{ name: "metrics", port: nodePorts.agentMetrics, targetPort: "metrics" }] },
  };
}

/**
 * Everything that the autoscaler agent of a cluster needs, in an order in which it can be made; nothing without `autoscaler: rayfleet`.
 *
 * @throws NoAgentProgramError when the program is to come by ConfigMaps and is not given
 */
export function planAgent(spec: KubernetesClusterSpec, program: AgentProgram | undefined): readonly KubernetesObject[] {
  if (spec.autoscaler !== "rayfleet") return [];
  const maps = programMaps(spec, program);
  const names = maps.map(({ metadata }) => metadata.name);
  return [...planAgentAccess(spec), configMap(spec), ...maps, service(spec), deployment(spec, names)];
}
