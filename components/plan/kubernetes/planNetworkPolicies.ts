import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { nodePorts } from "../../../contract/ports";
import { redisPort } from "../gcsStorage";
import { childName } from "../names";
import type { SpecifiedObject } from "./kubernetesObject";
import { objectMetadata } from "./objectMetadata";
import { agentName } from "./planAgentAccess";
import { agentLabels } from "./planAgentPod";
import { clusterPodLabels } from "./rayKind";
import { submitterLabels } from "./submitterTemplate";

interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
}

/** Who, on the other side: pods, those of a namespace, or a network. */
export interface NetworkPeer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string };
}

/** On which ports; `endPort` makes a range of it. */
export interface NetworkPort {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
  readonly endPort?: number;
}

/** One permission; without ports it is for all of them. */
export interface NetworkRule {
  readonly from?: readonly NetworkPeer[];
  readonly to?: readonly NetworkPeer[];
  readonly ports?: readonly NetworkPort[];
}

/** A NetworkPolicy: what is not permitted in one of its `policyTypes` is refused. */
export type NetworkPolicyManifest = SpecifiedObject<{
  readonly podSelector: LabelSelector;
  readonly policyTypes: readonly ("Ingress" | "Egress")[];
  readonly ingress: readonly NetworkRule[];
  readonly egress?: readonly NetworkRule[];
}>;

type Peer = KubernetesClusterSpec["networkPolicy"]["users"][number];

const tcp = (...ports: readonly number[]): readonly NetworkPort[] => ports.map((port) => ({ protocol: "TCP", port }));
const userPorts = tcp(8265, 10_001, 8000);
const metricsPorts = { head: tcp(8080, 44_217, 44_227), worker: tcp(8080) };

function inNamespace(namespace: string): LabelSelector {
  return { matchLabels: { "kubernetes.io/metadata.name": namespace } };
}

/** A selector of pods alone means those of the policy's own namespace. */
function networkPeer({ namespace, podLabels, cidr }: Peer): NetworkPeer {
  if (cidr !== undefined) return { ipBlock: { cidr } };
  return {
    ...(namespace === undefined ? {} : { namespaceSelector: inNamespace(namespace) }),
    ...(podLabels === undefined ? {} : { podSelector: { matchLabels: podLabels } }),
  };
}

/** A rule with an empty list of peers would let everybody in. */
function fromPeers(peers: readonly Peer[], ports: readonly NetworkPort[]): readonly NetworkRule[] {
  return peers.length === 0 ? [] : [{ from: peers.map(networkPeer), ports }];
}

function clusterPods(spec: KubernetesClusterSpec): NetworkPeer {
  return { podSelector: { matchLabels: clusterPodLabels(spec) } };
}

/** The operator asks the dashboard how jobs and Serve applications are; its pod carries this label in every release. */
function operatorPeer(spec: KubernetesClusterSpec): NetworkPeer {
  return {
    namespaceSelector: inNamespace(spec.operator.namespace ?? spec.namespace),
    podSelector: { matchLabels: { "app.kubernetes.io/name": "kuberay-operator" } },
  };
}

/** The agent's pod, which reads the control store. */
function agentRules(spec: KubernetesClusterSpec): readonly NetworkRule[] {
  return spec.autoscaler === "rayfleet" ? [{ from: [{ podSelector: { matchLabels: agentLabels(spec) } }], ports: tcp(6379) }] : [];
}

/** The pods that submit jobs to the standing cluster. Those of a cluster's own job count as the cluster's. */
function submitterRules(spec: KubernetesClusterSpec): readonly NetworkRule[] {
  const submits = spec.clusterJobs.some(({ submissionMode }) => submissionMode === "K8sJobMode");
  return submits ? [{ from: [{ podSelector: { matchLabels: submitterLabels(spec) } }], ports: tcp(8265) }] : [];
}

function headIngress(spec: KubernetesClusterSpec): readonly NetworkRule[] {
  const { networkPolicy, ingress } = spec;
  const controller = ingress?.controllerNamespace;
  return [
    { from: [clusterPods(spec)] },
    { from: [operatorPeer(spec)], ports: tcp(8265, 8000) },
    ...agentRules(spec),
    ...submitterRules(spec),
    ...(controller === undefined ? [] : [{ from: [{ namespaceSelector: inNamespace(controller) }], ports: tcp(8265) }]),
    ...fromPeers(networkPolicy.users, userPorts),
    ...fromPeers(networkPolicy.scrapers, metricsPorts.head),
  ];
}

function blocks(cidrs: readonly string[]): readonly NetworkPeer[] {
  return cidrs.map((cidr) => ({ ipBlock: { cidr } }));
}

function toNames({ networkPolicy: { dnsNamespace } }: KubernetesClusterSpec): NetworkRule {
  return {
    to: [{ namespaceSelector: inNamespace(dnsNamespace) }],
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  };
}

function toApiServer({ networkPolicy: { apiServerCidrs, apiServerPort } }: KubernetesClusterSpec): readonly NetworkRule[] {
  return apiServerCidrs.length === 0 ? [] : [{ to: blocks(apiServerCidrs), ports: tcp(apiServerPort) }];
}

/** What KubeRay's own policies leave out: names are looked up before anything is reached, and the autoscaler talks to the API server. */
function egressRules(spec: KubernetesClusterSpec, role: "head" | "worker"): readonly NetworkRule[] {
  const { egressRules: further } = spec.networkPolicy;
  const redis = role === "head" ? spec.gcsFaultTolerance?.redis : undefined;
  return [
    { to: [clusterPods(spec)] },
    toNames(spec),
    ...(role === "head" ? toApiServer(spec) : []),
    ...(redis?.cidr === undefined ? [] : [{ to: blocks([redis.cidr]), ports: tcp(redisPort(redis.redisAddress)) }]),
    ...further.map(({ cidr, fromPort, toPort, protocol }) => ({
      to: blocks([cidr]),
      ports: [{ protocol, port: fromPort, ...(toPort === undefined || toPort === fromPort ? {} : { endPort: toPort }) }],
    })),
  ];
}

function policy(spec: KubernetesClusterSpec, role: "head" | "worker", ingress: readonly NetworkRule[]): NetworkPolicyManifest {
  const restricted = spec.networkPolicy.egress === "restricted";
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: objectMetadata(spec, childName(spec.name, role)),
    spec: {
      podSelector: { matchLabels: { ...clusterPodLabels(spec), "ray.io/node-type": role } },
      policyTypes: restricted ? ["Ingress", "Egress"] : ["Ingress"],
      ingress,
      ...(restricted ? { egress: egressRules(spec, role) } : {}),
    },
  };
}

/** The agent's page and metrics for scrapers alone; Ray's control store, the API server and names for the agent. */
function agentPolicy(spec: KubernetesClusterSpec): NetworkPolicyManifest {
  const restricted = spec.networkPolicy.egress === "restricted";
  const head = { podSelector: { matchLabels: { "ray.io/cluster": spec.name, "ray.io/node-type": "head" } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: objectMetadata(spec, agentName(spec)),
    spec: {
      podSelector: { matchLabels: agentLabels(spec) },
      policyTypes: restricted ? ["Ingress", "Egress"] : ["Ingress"],
      ingress: fromPeers(spec.networkPolicy.scrapers, tcp(nodePorts.agentMetrics)),
      ...(restricted ? { egress: [{ to: [head], ports: tcp(nodePorts.gcs) }, toNames(spec), ...toApiServer(spec)] } : {}),
    },
  };
}

/** One policy for the head and one for all workers, so that another group needs no other policy; with rayfleet's agent one for its pod. */
export function planNetworkPolicies(spec: KubernetesClusterSpec): readonly NetworkPolicyManifest[] {
  if (!spec.networkPolicy.enabled) return [];
  const { users, scrapers } = spec.networkPolicy;
  // Applications are served on every node, not on the head alone.
  const served = spec.rayService === undefined ? [] : fromPeers(users, tcp(8000));
  const workerIngress = [{ from: [clusterPods(spec)] }, ...served, ...fromPeers(scrapers, metricsPorts.worker)];
  const agent = spec.autoscaler === "rayfleet" ? [agentPolicy(spec)] : [];
  return [policy(spec, "head", headIngress(spec)), policy(spec, "worker", workerIngress), ...agent];
}
