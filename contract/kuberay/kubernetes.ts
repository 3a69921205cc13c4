// The client library is an ECMAScript module, of which only the types are wanted.
export type Condition = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1Condition;
export type EnvFromSource = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1EnvFromSource;
export type EnvVar = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1EnvVar;
export type EnvVarSource = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1EnvVarSource;
export type NetworkPolicyEgressRule = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1NetworkPolicyEgressRule;
export type NetworkPolicyIngressRule = import("@kubernetes/client-node", { with: {
  "resolution-mode": "import",
}}).V1NetworkPolicyIngressRule;
export type PodTemplateSpec = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1PodTemplateSpec;
export type ResourceRequirements = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1ResourceRequirements;
export type SecurityContext = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1SecurityContext;
export type Service = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1Service;
export type VolumeMount = import("@kubernetes/client-node", { with: { "resolution-mode": "import" }}).V1VolumeMount;

/** Metadata of an object that is written; what the server adds is read elsewhere. */
export interface WrittenMetadata {
  readonly name?: string;
  /** The server adds five characters; used where `name` is not set. */
  readonly generateName?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
