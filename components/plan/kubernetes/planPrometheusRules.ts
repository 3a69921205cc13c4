import type { RayKind } from "../../../contract/kuberay/kubeRayFields";
import { type RuleGroup, ruleGroups } from "../monitoring/ruleGroups";
import type { ClusterMatchers, MetricSource } from "../monitoring/series";
import type { SpecifiedObject } from "./kubernetesObject";
import { type MonitoredSpec, monitoringMetadata } from "./monitoringMetadata";
import { rayKindOf } from "./rayKind";

/** Alerts for Prometheus' operator. */
export type PrometheusRuleManifest = SpecifiedObject<{ readonly groups: readonly RuleGroup[] }>;

/** What is scraped in this cluster. Whether somebody else's operator is, nobody here knows: alerts about it do no harm where it is not. */
function sources({ autoscaler, operator }: MonitoredSpec): readonly MetricSource[] {
  return [
    "ray",
    ...(autoscaler === "none" ? [] : (["autoscaler"] as const)),
    ...(autoscaler === "rayfleet" ? (["agent"] as const) : []),
    ...(!operator.install || operator.serviceMonitor.enabled ? (["operator", "objects"] as const) : []),
  ];
}

/** The labels by which the PodMonitors mark this cluster's series; what the operator says has none of them. */
function matchers({ name, namespace, operator }: MonitoredSpec): ClusterMatchers {
  const cluster = [`namespace="${namespace}"`, `ray_io_cluster="${name}"`];
  return {
    ray: cluster,
    autoscaler: cluster,
    agent: cluster,
    operator: [`namespace="${operator.namespace ?? namespace}"`],
    objects: [`namespace="${namespace}"`],
  };
}

const comesAndGoes = ["RayHeadNotScraped", "RayHeadRestarted"];

/** A job's cluster is there while it runs, a service has a new one after every change, and Kueue suspends what it will: no such head is lost, or begins anew. */
function leftOut(spec: MonitoredSpec): readonly string[] {
  if (spec.kueue !== undefined) return comesAndGoes;
  const byKind: Readonly<Record<RayKind, readonly string[]>> = {
    RayCluster: [],
    RayJob: comesAndGoes,
    RayCronJob: comesAndGoes,
    RayService: ["RayHeadRestarted"],
  };
  return byKind[rayKindOf(spec)];
}

/** One object with every alert that can fire here. */
export function planPrometheusRules(spec: MonitoredSpec): readonly PrometheusRuleManifest[] {
  const { rules, labels, runbookUrl } = spec.monitoring;
  if (!rules) return [];
  return [
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: monitoringMetadata(spec, "alerts", { labels }),
      spec: { groups: ruleGroups({ sources: sources(spec), cluster: matchers(spec), leftOut: leftOut(spec), runbookUrl }) },
    },
  ];
}
