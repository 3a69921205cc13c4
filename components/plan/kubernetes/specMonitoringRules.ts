import type { KubernetesRule } from "./kubernetesRule";

/** A scraper that is kept out says so nowhere but on Prometheus' own page. */
const scraperLetIn: KubernetesRule = ({ spec: { monitoring, networkPolicy } }) =>
  monitoring?.podMonitors !== true || !networkPolicy.enabled || networkPolicy.scrapers.length > 0
    ? []
    : [
        {
          path: ["networkPolicy", "scrapers"],
          involves: [
            ["monitoring", "podMonitors"],
            ["networkPolicy", "enabled"],
          ],
          problem: "is empty, so the network policy would keep Prometheus out",
          got: "nobody",
          expected: "where Prometheus runs, with monitoring.podMonitors",
          fix: "Name it, such as { namespace: monitoring }.",
        },
      ];

/** Rules about what watches the cluster. */
export const specMonitoringRules: Readonly<Record<string, KubernetesRule>> = { scraperLetIn };
