import type { AutoscalerOptions } from "./autoscalerOptions";
import type { GcsFaultToleranceOptions } from "./gcsFaultToleranceOptions";
import type { EnvVar, PodTemplateSpec, ResourceRequirements, Service } from "./kubernetes";
import type { NetworkPolicyConfig } from "./networkPolicyConfig";

/** What a Ray cluster on Kubernetes is to be: `spec` of a RayCluster, and part of RayJob, RayService and RayCronJob. */
export interface RayClusterSpec {
  readonly headGroupSpec: HeadGroupSpec;
  /** One atomic list to the API server: whoever writes it writes all of it. */
  readonly workerGroupSpecs?: readonly WorkerGroupSpec[];
  /** Version of Ray in the images, such as `2.60.0`. The operator does not read it from the image. */
  readonly rayVersion?: string;
  /** Runs Ray's autoscaler beside the head. @default false */
  readonly enableInTreeAutoscaling?: boolean;
  readonly autoscalerOptions?: AutoscalerOptions;
  readonly headServiceAnnotations?: Readonly<Record<string, string>>;
  /** Ends all pods, the head's too, and brings them back when it is false again. */
  readonly suspend?: boolean;
  /** Who reconciles it; cannot be changed. @default the operator */
  readonly managedBy?: ManagedBy;
  readonly gcsFaultToleranceOptions?: GcsFaultToleranceOptions;
  /** @since KubeRay 1.5.1 */
  readonly authOptions?: AuthOptions;
  /** @since KubeRay 1.6.0 */
  readonly upgradeStrategy?: RayClusterUpgradeStrategy;
  /** Needs the gate RayClusterNetworkPolicy. @since KubeRay 1.7.0 */
  readonly networkPolicy?: NetworkPolicyConfig;
  /** Needs the gate RayClusterMTLS and cert-manager. @since KubeRay 1.7.0 */
  readonly tlsOptions?: { readonly enabled?: boolean };
  /** Needs the gate RayClusterHistoryServer. @since KubeRay 1.7.0 */
  readonly historyServerOptions?: { readonly collectorOptions?: CollectorOptions };
}

/** Whose controller acts on an object. */
export type ManagedBy = "ray.io/kuberay-operator" | "kueue.x-k8s.io/multikueue";

/** What the head and the worker groups have in common. */
interface PodGroupSpec {
  /** The pod; Ray runs in its first container. */
  readonly template: PodTemplateSpec;
  /** Options of `ray start` without the dashes; all values are text. Must not hold `labels`. */
  readonly rayStartParams?: Readonly<Record<string, string>>;
  /** Resources that Ray counts; goes before those in `rayStartParams`, which must then hold none. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Ray node labels, on the pods as well. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The head. */
export interface HeadGroupSpec extends PodGroupSpec {
  /** Type of the head's service. @default "ClusterIP" */
  readonly serviceType?: "ClusterIP" | "NodePort" | "LoadBalancer";
  readonly headService?: Service;
  /** Makes an ingress to the dashboard, without authentication of its own. @default false */
  readonly enableIngress?: boolean;
  /** @since KubeRay 1.7.0 */
  readonly ingressOptions?: IngressOptions;
}

/** The ingress to the dashboard. */
export interface IngressOptions {
  /** @default any host */
  readonly host?: string;
  /** @default "/" */
  readonly path?: string;
  /** @default "Prefix" */
  readonly pathType?: "Exact" | "Prefix" | "ImplementationSpecific";
  readonly tls?: readonly { readonly hosts?: readonly string[]; readonly secretName?: string }[];
}

/** Workers that are alike. */
export interface WorkerGroupSpec extends PodGroupSpec {
  readonly groupName: string;
  /** How many there should be now; belongs to the autoscaler where one runs. @default 0 */
  readonly replicas?: number;
  /** @default 0 */
  readonly minReplicas?: number;
  /** @default 2147483647 */
  readonly maxReplicas?: number;
  /** Seconds without work after which Ray's autoscaler ends a worker; needs its version 2. @default autoscalerOptions.idleTimeoutSeconds */
  readonly idleTimeoutSeconds?: number;
  /** The higher is chosen first; needs Ray 2.56 and autoscaler version 2. @default 0 @since KubeRay 1.7.0 */
  readonly priority?: number;
  /** Pods of one replica. @default 1 */
  readonly numOfHosts?: number;
  readonly scaleStrategy?: ScaleStrategy;
  /** For the operator's own use by a RayJob's deletion rules. */
  readonly suspend?: boolean;
}

/** Which workers the autoscaler wants ended; the operator never clears it. */
export interface ScaleStrategy {
  /** Names of pods. Any pod of the namespace would be ended, not only those of the group. */
  readonly workersToDelete?: readonly string[];
}

/** Who may talk to the cluster. Without `mode` the operator does nothing, whatever else is written here. */
export interface AuthOptions {
  readonly mode?: "disabled" | "token";
  /** Secret with the token under `auth_token`. @default one that the operator makes @since KubeRay 1.6.0 */
  readonly secretName?: string;
  /** Kubernetes decides who may; needs Ray 2.55. Not for RayJob and RayService. @since KubeRay 1.6.0 */
  readonly enableK8sTokenAuth?: boolean;
}

/** What a change of the spec does to pods that are there. `Recreate` ends all of them, the head's too, for nearly any change. */
export interface RayClusterUpgradeStrategy {
  /** @default "None" */
  readonly type?: "Recreate" | "None";
}

/** The container that collects events and logs for the history server. */
export interface CollectorOptions {
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly resources?: ResourceRequirements;
  /** Must hold STORAGE_BACKEND and what that backend needs. */
  readonly env?: readonly EnvVar[];
}
