import type { PodTemplateSpec } from "../../../contract/kuberay/kubernetes";
import type { HeadGroupSpec } from "../../../contract/kuberay/rayClusterSpec";
import type { KubernetesClusterSpec } from "../../../contract/kubernetes/kubernetesClusterSpec";
import { headServiceAccount } from "./identities";
import { headPlacement } from "./nodePlacement";
import { podTemplate } from "./podTemplate";
import { rayContainer } from "./rayContainer";
import { rayStartParams } from "./rayStartParams";

/** Ports of the head that others talk to; the operator makes its Service of them. The last two are metrics of the autoscaler and the dashboard. */
export const headPorts = [
  { name: "gcs-server", containerPort: 6379 },
  { name: "dashboard", containerPort: 8265 },
  { name: "client", containerPort: 10_001 },
  { name: "serve", containerPort: 8000 },
  { name: "metrics", containerPort: 8080 },
  { name: "as-metrics", containerPort: 44_217 },
  { name: "dash-metrics", containerPort: 44_227 },
] as const;

/** Cluster autoscalers end no node that holds such a pod. */
const staysWhereItIs = { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false", "karpenter.sh/do-not-disrupt": "true" };

/** Volume with what a pod gets when its token is mounted, for the autoscaler's container alone. */
export const apiAccess = {
  volume: {
    name: "autoscaler-api-access",
    projected: {
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
      ],
    },
  },
  mount: { name: "autoscaler-api-access", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
} satisfies { volume: NonNullable<NonNullable<PodTemplateSpec["spec"]>["volumes"]>[number]; mount: object };

/** The head: no CPU for tasks, away from spot nodes, not evicted for the sake of a fuller node. */
export function planHeadGroup(spec: KubernetesClusterSpec): HeadGroupSpec {
  const { head } = spec;
  return {
    serviceType: head.serviceType,
    rayStartParams: rayStartParams(head, {
      "num-cpus": "0",
      "dashboard-host": "0.0.0.0",
      // No second process that looks after sizes; from Ray 2.48 on `ray status` then tells of the agent's.
      ...(spec.autoscaler === "rayfleet" ? { "no-monitor": "true" } : {}),
    }),
    template: podTemplate(spec, head, {
      serviceAccountName: headServiceAccount(spec),
      placement: headPlacement(spec),
      container: rayContainer(spec, head, { name: "ray-head", ports: headPorts.map((port) => ({ ...port })) }),
      annotations: staysWhereItIs,
      ...(spec.autoscaler === "kuberay" ? { volumes: [apiAccess.volume] } : {}),
    }),
  };
}
