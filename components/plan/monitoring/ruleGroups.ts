import { agentAlerts } from "./agentAlerts";
import type { AlertRule } from "./alertRule";
import { autoscalerAlerts } from "./autoscalerAlerts";
import { kubeRayAlerts } from "./kubeRayAlerts";
import type { MetricSource } from "./metrics";
import { rayAlerts } from "./rayAlerts";
import { type ClusterMatchers, seriesOf } from "./series";

/** A group of rules as Prometheus reads it, and as a PrometheusRule holds it. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly {
    readonly alert: string;
    readonly expr: string;
    /** Such as 5m. */
    readonly for: string;
    readonly labels: { readonly severity: string };
    readonly annotations: Readonly<Record<"summary" | "description", string>> & Readonly<Record<string, string>>;
  }[];
}

/** Every alert by the group that it stands in. */
export const alertGroups: Readonly<Record<string, readonly AlertRule[]>> = {
  "rayfleet-agent": agentAlerts,
  "ray-autoscaler": autoscalerAlerts,
  ray: rayAlerts,
  kuberay: kubeRayAlerts,
};

/** Which alerts, about which cluster. */
export interface RuleOptions {
  /** Whose metrics are scraped. */
  readonly sources: readonly MetricSource[];
  readonly cluster: ClusterMatchers;
  /** Names of alerts that make no sense there. @default none */
  readonly leftOut?: readonly string[];
  /** Address of `docs/monitoring.md` where a person on call can open it. @default the name of the page */
  readonly runbookUrl?: string | undefined;
}

function ruleOf({ alert, severity, forMinutes, expression, summary, description }: AlertRule, options: RuleOptions) {
  const { runbookUrl = "docs/monitoring.md" } = options;
  return {
    alert,
    expr: expression(seriesOf(options.cluster)),
    for: `${forMinutes}m`,
    labels: { severity },
    annotations: { summary, description, runbook_url: `${runbookUrl}#${alert.toLowerCase()}` },
  };
}

/** The alerts of a cluster, or of all of them. */
export function ruleGroups(options: RuleOptions): readonly RuleGroup[] {
  return Object.entries(alertGroups).flatMap(([name, alerts]) => {
    const fitting = alerts.filter(({ source, alert }) => options.sources.includes(source) && options.leftOut?.includes(alert) !== true);
    const rules = fitting.map((alert) => ruleOf(alert, options));
    return rules.length === 0 ? [] : [{ name, rules }];
  });
}
