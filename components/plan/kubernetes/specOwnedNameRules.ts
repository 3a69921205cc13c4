import { awsCredentials } from "../ownedKeyRules";
import type { SpecDraft } from "../specDraft";
import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups } from "../specRule";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";

/** Parameters of `ray start` that the operator or rayfleet sets, and where the user says the same. */
const ownedStartParams: Readonly<Record<string, string>> = {
  address: "",
  port: "",
  head: "",
  block: "",
  "node-ip-address": "",
  "node-name": "",
  "dashboard-host": "networkPolicy.users or ingress",
  "dashboard-port": "",
  "ray-client-server-port": "",
  "metrics-export-port": "",
  "no-monitor": "autoscaler",
  "autoscaling-config": "autoscaler",
  "num-cpus": "cpu or resources",
  "num-gpus": "gpu or resources",
  resources: "resources",
  labels: "labels",
  "labels-file": "labels",
  memory: "memoryGiB",
  "object-store-memory": "objectStoreMemoryGiB",
  "object-spilling-directory": "spill",
  "plasma-directory": "sharedMemoryGiB",
  "redis-username": "gcsFaultTolerance.redis",
  "redis-password": "gcsFaultTolerance.redis",
};

/** Environment names that the operator or rayfleet sets: whole names, or beginnings that end in an underscore. */
const ownedEnvironment = [
  "RAYFLEET_",
  "RAY_AUTH_",
  "KUBERAY_",
  "RAY_TLS_",
  "RAY_USE_TLS",
  "RAY_ADDRESS",
  "RAY_IP",
  "FQ_RAY_IP",
  "RAY_PORT",
  "RAY_CLUSTER_NAME",
  "RAY_CLUSTER_NAMESPACE",
  "RAY_CLOUD_INSTANCE_ID",
  "RAY_NODE_TYPE_NAME",
  "RAY_REDIS_ADDRESS",
  "REDIS_PASSWORD",
  "REDIS_USERNAME",
  "RAY_external_storage_namespace",
  "RAY_gcs_storage",
  "RAY_gcs_storage_path",
  "RAY_enable_autoscaler_v2",
  "RAY_ENABLE_K8S_TOKEN_AUTH",
] as const;

interface PlacedName {
  readonly name: string;
  readonly path: SpecPath;
  /** In the stack file itself, where everybody reads it. */
  readonly inTheOpen: boolean;
}

function environmentNames({ spec }: SpecDraft<KubernetesDraft>): readonly PlacedName[] {
  const places: readonly { readonly of: Pick<KubernetesDraft, "environment" | "secretEnvironment">; readonly path: SpecPath }[] = [
    { of: spec, path: [] },
    { of: spec.head, path: ["head"] },
    ...spec.workerGroups.map((group, index) => ({ of: group, path: ["workerGroups", index] })),
  ];
  return places.flatMap(({ of, path }) =>
    (["environment", "secretEnvironment"] as const).flatMap((key) =>
      Object.keys(of[key]).map((name) => ({ name, path: [...path, key, name], inTheOpen: key === "environment" })),
    ),
  );
}

const environmentFree: KubernetesRule = (draft) =>
  environmentNames(draft)
    .filter(({ name }) => ownedEnvironment.some((owned) => (owned.endsWith("_") ? name.startsWith(owned) : name === owned)))
    .map(({ name, path }) => ({
      path,
      problem: "is set by rayfleet or the operator",
      got: name,
      expected: "a name that is left to you",
      fix: "Remove it.",
    }));

const environmentWithoutCredentials: KubernetesRule = (draft) =>
  environmentNames(draft)
    .filter(({ name, inTheOpen }) => inTheOpen && awsCredentials.includes(name.toUpperCase()))
    .map(({ name, path }) => ({
      path,
      problem: "would show a key of an AWS account to every reader of the stack file",
      got: name,
      expected: "secretEnvironment, or an identity of the pods",
      fix: "Move it to a Secret.",
    }));

const environmentOnce: KubernetesRule = ({ spec }) => {
  const places = [
    { of: spec, path: [] },
    { of: spec.head, path: ["head"] },
    ...spec.workerGroups.map((group, index) => ({ of: group, path: ["workerGroups", index] })),
  ];
  return places.flatMap(({ of, path }) =>
    Object.keys(of.secretEnvironment)
      .filter((name) => Object.hasOwn(of.environment, name))
      .map((name) => ({
        path: [...path, "secretEnvironment", name],
        problem: "stands in environment too",
        got: name,
        expected: "each variable once",
        fix: "Remove one of the two.",
      })),
  );
};

const startParamsFree: KubernetesRule = (draft) => {
  const { head } = draft.spec;
  const places = [
    { params: head.rayStartParams, path: ["head"] },
    ...placedGroups(draft).map(({ group, path }) => ({ params: group.rayStartParams, path })),
  ];
  return places.flatMap(({ params, path }) =>
    Object.entries(params).flatMap(([name, value]) => {
      const instead = Object.hasOwn(ownedStartParams, name) ? ownedStartParams[name] : undefined;
      return instead === undefined
        ? []
        : [
            {
              path: [...path, "rayStartParams", name],
              problem: "is set by rayfleet or the operator",
              got: quoteValue(value),
              expected: "a parameter of `ray start` that is left to you",
              fix: instead === "" ? "Remove it." : `Remove it; ${instead} says the same.`,
            },
          ];
    }),
  );
};

const rayLabelsFree: KubernetesRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    Object.entries(group.labels)
      .filter(([name]) => name.startsWith("ray.io/"))
      .map(([name, value]) => ({
        path: [...path, "labels", name],
        problem: "is set by Ray itself",
        got: quoteValue(value),
        expected: "a name that does not begin with ray.io/",
        fix: name === "ray.io/accelerator-type" ? "Remove it; gpu.type says the same." : "Remove it or rename it.",
      })),
  );

/** Labels by which the operator and the policies find pods. */
const podLabelsFree: KubernetesRule = (draft) => {
  const maps = [
    { labels: draft.spec.objectLabels, path: ["objectLabels"] },
    { labels: draft.spec.head.podLabels, path: ["head", "podLabels"] },
    ...placedGroups(draft).map(({ group, path }) => ({ labels: group.podLabels, path: [...path, "podLabels"] })),
  ];
  return maps.flatMap(({ labels, path }) =>
    Object.keys(labels)
      .filter((name) => name.startsWith("ray.io/") || ["app.kubernetes.io/managed-by", "app.kubernetes.io/part-of"].includes(name))
      .map((name) => ({
        path: [...path, name],
        problem: "is set by rayfleet or the operator",
        got: name,
        expected: "a label that is left to you",
        fix: "Remove it or rename it.",
      })),
  );
};

const resourcesFree: KubernetesRule = (draft) =>
  placedGroups(draft).flatMap(({ group, path }) =>
    Object.entries(group.resources)
      .filter(
        ([name]) => ["memory", "object_store_memory"].includes(name) || name.startsWith("node:") || name.startsWith("accelerator_type:"),
      )
      .map(([name, amount]) => ({
        path: [...path, "resources", name],
        problem: "is counted by Ray itself",
        got: String(amount),
        expected: "CPU, GPU or a name of your own",
        fix: name === "memory" ? "Set memoryGiB." : "Remove it or rename it.",
      })),
  );

/** Rules about names that belong to rayfleet, the operator or Ray. */
export const specOwnedNameRules: Readonly<Record<string, KubernetesRule>> = {
  environmentFree,
  environmentWithoutCredentials,
  environmentOnce,
  startParamsFree,
  rayLabelsFree,
  podLabelsFree,
  resourcesFree,
};
