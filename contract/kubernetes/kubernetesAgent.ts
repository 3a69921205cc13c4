/** Environment variables by which the agent's Deployment tells it who and where it is, beside those that every agent has. */
export const kubernetesAgentEnvironmentNames = {
  /** File with the agent's configuration, written anew when its ConfigMap changes. */
  configFile: "RAYFLEET_AGENT_CONFIG_FILE",
  /** Namespace of the RayCluster and of the Lease. */
  namespace: "RAYFLEET_NAMESPACE",
  /** The Lease that the one agent of the cluster holds. */
  leaseName: "RAYFLEET_LEASE",
  /** Name of the pod, by which it holds the Lease. */
  podName: "RAYFLEET_POD_NAME",
  /** Folder with `token` and `ca.crt` of the pod's account. @default where Kubernetes puts them */
  accountFolder: "RAYFLEET_ACCOUNT_FOLDER",
} as const;

/** Annotation of a RayCluster that says who sets its replicas, where Ray's own autoscaler does not. */
export const autoscalerAnnotation = "rayfleet.dev/autoscaler";

/** Annotation of a RayCluster that stops its agent while it is there. Anyone who may edit the RayCluster can set it: no tool of ours is needed. */
export const pauseAnnotation = "rayfleet.dev/pause";
