import type { MetricSource, Series } from "./series";

/** How soon somebody must look: `critical` wakes a person, `warning` waits for the day, `info` is for those who look anyway. */
export type Severity = "critical" | "warning" | "info";

/** An alert, before it is known which cluster it is about. Its section in `docs/monitoring.md` has its name. */
export interface AlertRule {
  readonly alert: string;
  /** Whose metrics it reads: it makes sense where these are scraped. */
  readonly source: MetricSource;
  readonly severity: Severity;
  /** How long the expression must hold, minutes. */
  readonly forMinutes: number;
  readonly expression: (series: Series) => string;
  /** One line; `{{ $labels.x }}` stands for a label of what the expression gives. */
  readonly summary: string;
  /** What it means and what to look at first. */
  readonly description: string;
}

/** Whose series an alert is about, as labels of its own: everything else is summed up. */
export const clusterLabels = "namespace, ray_io_cluster";

/** The sum over a cluster. */
export function perCluster(expression: string, ...labels: readonly string[]): string {
  return `sum by (${[clusterLabels, ...labels].join(", ")}) (${expression})`;
}

/** The largest over a cluster. */
export function largestPerCluster(expression: string, ...labels: readonly string[]): string {
  return `max by (${[clusterLabels, ...labels].join(", ")}) (${expression})`;
}
