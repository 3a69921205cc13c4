import * as pulumi from "@pulumi/pulumi";
import type { KubernetesClusterSpec } from "../contract/kubernetes/kubernetesClusterSpec";
import packageDescription from "../package.json";
import { createKubernetesCluster } from "./kubernetes/createKubernetesCluster";
import type { KubernetesConnection } from "./kubernetes/rayObject";
import { rayKindOf } from "./plan/kubernetes/rayKind";

export interface KubernetesRayClusterArgs {
  /** A checked specification with `platform: kubernetes`. */
  readonly spec: KubernetesClusterSpec;
  /**
   * Where our provider of Ray's objects finds the API server. Everything else goes by the Kubernetes provider, which must mean the same cluster.
   *
   * @default what kubectl would take
   */
  readonly connection?: KubernetesConnection | undefined;
  /**
   * Folder with the agent's program, for `autoscaler: rayfleet`, as `npm run build` makes it.
   *
   * @default "dist/kubernetes-agent" in the current folder
   */
  readonly agentDirectory?: string;
}

/** Bounds of a worker group. */
export interface KubernetesWorkerGroupSummary {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Versions of everything that decides how the cluster behaves. */
export interface KubernetesClusterVersions {
  readonly ray: string;
  readonly kubeRay: string;
  readonly rayfleet: string;
}

/**
 * A Ray cluster on Kubernetes, by KubeRay: namespace, operator, service accounts, network policies, disruption budgets, RayCluster, rayfleet's agent and ingress.
 *
 * @throws NoAgentProgramError when the agent's program is not built
 */
export class KubernetesRayCluster extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** Of the Service before the head. */
  readonly headServiceName: pulumi.Output<string>;
  /** How to open the dashboard. */
  readonly dashboard: pulumi.Output<string>;
  /** Group name → its bounds. */
  readonly workerGroups: pulumi.Output<Record<string, KubernetesWorkerGroupSummary>>;
  readonly versions: pulumi.Output<KubernetesClusterVersions>;
  /** Name of the Secret with the Ray token; undefined without token authentication, and where the operator makes the name up. */
  readonly tokenSecretName: pulumi.Output<string> | undefined;

  constructor(name: string, args: KubernetesRayClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:KubernetesRayCluster", name, {}, options);
    const { spec, connection, agentDirectory = "dist/kubernetes-agent" } = args;
    const cluster = createKubernetesCluster({ name, spec, connection, agentDirectory, parent: this });
    const { workerGroups, ray, operator } = spec;
    this.namespace = pulumi.output(spec.namespace);
    this.headServiceName = cluster.headServiceName;
    this.dashboard = cluster.headServiceName.apply((service) => dashboardText(spec, service));
    const bounds = workerGroups.map(({ groupName, minReplicas, maxReplicas }) => [groupName, { minReplicas, maxReplicas }] as const);
    this.workerGroups = pulumi.output(Object.fromEntries(bounds));
    this.versions = pulumi.output({ ray: ray.version, kubeRay: operator.version, rayfleet: packageDescription.version });
    const secretName = tokenSecretName(spec);
    this.tokenSecretName = secretName === undefined ? undefined : pulumi.output(secretName);
    const { namespace, headServiceName, dashboard, versions } = this;
    const outputs = { namespace, headServiceName, dashboard, workerGroups: this.workerGroups, versions };
    this.registerOutputs({ ...outputs, tokenSecretName: this.tokenSecretName });
  }
}

/** The operator names its own Secret after the RayCluster, and makes up the name of one that belongs to a job or a service. */
function tokenSecretName(spec: KubernetesClusterSpec): string | undefined {
  const { mode, secretName } = spec.authentication;
  if (mode !== "token") return undefined;
  return secretName ?? (rayKindOf(spec) === "RayCluster" ? spec.name : undefined);
}

function dashboardText({ namespace, ingress, rayCronJob }: KubernetesClusterSpec, service: string): string {
  if (rayCronJob !== undefined) return `Each run has a cluster of its own: kubectl get rayclusters --namespace ${namespace}`;
  const forwarded = `Run: kubectl port-forward --namespace ${namespace} service/${service} 8265:8265\nThen open http://localhost:8265`;
  if (ingress === undefined) return forwarded;
  const { host, path, tlsSecretName } = ingress;
  return `${forwarded}\nFrom outside: ${tlsSecretName === undefined ? "http" : "https"}://${host}${path === "/" ? "/" : `${path}/`}`;
}
