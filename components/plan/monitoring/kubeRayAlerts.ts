import type { AlertRule } from "./alertRule";

/** What KubeRay's operator says of itself and of what it looks after. */
export const kubeRayAlerts: readonly AlertRule[] = [
  {
    alert: "KubeRayReconcileErrors",
    source: "operator",
    severity: "warning",
    forMinutes: 15,
    expression: (series) =>
      `sum by (namespace, controller) (rate(${series("controller_runtime_reconcile_errors_total", 'controller=~"ray.*|networkpolicy"')}[5m])) > 0`,
    summary: "KubeRay's operator has failed to act on a {{ $labels.controller }} for 15 minutes.",
    description: "It tries again and again: pods or services are refused by the API server. Its log and the object's events say what.",
  },
  {
    alert: "RayClusterNotProvisioned",
    source: "objects",
    severity: "warning",
    forMinutes: 20,
    expression: (series) => `max by (namespace, name) (${series("kuberay_cluster_condition_provisioned", 'condition="false"')}) == 1`,
    summary: "RayCluster {{ $labels.name }} has not had all its pods ready once in 20 minutes.",
    description: "Pods wait for nodes, images are not pulled, or the operator has refused the object and says so in an event only.",
  },
  {
    alert: "RayJobFailed",
    source: "objects",
    severity: "warning",
    forMinutes: 0,
    expression: (series) =>
      `max by (namespace, name) (${series("kuberay_job_deployment_status", 'deployment_status=~"Failed|ValidationFailed"')}) == 1`,
    summary: "RayJob {{ $labels.name }} has failed.",
    description: "The reason stands in the RayJob's status.",
  },
  {
    alert: "RayServiceNotReady",
    source: "objects",
    severity: "critical",
    forMinutes: 10,
    expression: (series) => `max by (namespace, name) (${series("kuberay_service_condition_ready", 'condition="false"')}) == 1`,
    summary: "RayService {{ $labels.name }} serves nobody.",
    description: "Its applications are not healthy, or its cluster is not there.",
  },
];
