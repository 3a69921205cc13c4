/** What is read of a RayCluster, as the API server gives it. Nothing here is believed to be there. */
export interface LiveCluster {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly generation?: number;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly enableInTreeAutoscaling?: boolean;
    readonly suspend?: boolean;
    readonly managedBy?: string;
    readonly workerGroupSpecs?: readonly LiveGroup[];
  };
}

/** One worker group of it. */
export interface LiveGroup {
  readonly groupName?: string;
  readonly replicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly numOfHosts?: number;
  readonly suspend?: boolean;
  readonly scaleStrategy?: { readonly workersToDelete?: readonly string[] };
}

/** One of its pods. */
export interface LivePod {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    /** Set when it has a node. */
    readonly nodeName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly containers?: readonly { readonly name: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly PodCondition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

interface PodCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string | null;
}

/** How one of the pod's containers is. */
export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
}

/** What somebody said about an object. */
export interface LiveEvent {
  readonly metadata?: { readonly creationTimestamp?: string };
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string | null } | null;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
}

/** Labels that the operator puts on each pod, and that nobody can override. */
export const podLabels = { cluster: "ray.io/cluster", group: "ray.io/group", nodeType: "ray.io/node-type" } as const;

/** The pod's condition of this type; undefined: it has none. */
export function conditionOf({ status }: LivePod, type: string): PodCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** Epoch milliseconds of a time stamp; undefined where there is none. */
export function timeOf(stamp: string | null | undefined): number | undefined {
  const atMs = Date.parse(stamp ?? "");
  return Number.isNaN(atMs) ? undefined : atMs;
}
