import * as z from "zod";
import { formed } from "../formedText";
import { dnsLabel, labels } from "./podSpec";

const gpuMonitoringSchema = z.strictObject({
  namespace: dnsLabel.default("gpu-operator").describe("Where dcgm-exporter runs."),
  podLabels: labels.default({ app: "nvidia-dcgm-exporter" }).describe("Labels of its pods."),
  port: dnsLabel.default("metrics").describe("Name of the port of its container."),
});

const dashboardsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe("Make a ConfigMap with the dashboards. They show every cluster: where there are several, one of them is enough."),
  labels: labels.default({ grafana_dashboard: "1" }).describe("Labels of the ConfigMap, by which Grafana's sidecar finds it."),
  folder: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("Folder in Grafana, as the annotation `grafana_folder`. By default the sidecar's own."),
});

/** What a user writes under `monitoring`: what Prometheus' operator and Grafana get to know of the cluster. */
export const monitoringSpecSchema = z.strictObject({
  podMonitors: z
    .boolean()
    .default(true)
    .describe(
      "Make PodMonitors of the head, the workers and, with `autoscaler: rayfleet`, the agent. `networkPolicy.scrapers` lets Prometheus in.",
    ),
  gpu: gpuMonitoringSchema
    .optional()
    .describe(
      "Make a PodMonitor of NVIDIA's dcgm-exporter too, with the name of the node as label `node`. By default none: its own chart may have one.",
    ),
  rules: z.boolean().default(true).describe("Make a PrometheusRule with the alerts of `docs/monitoring.md`, for this cluster."),
  runbookUrl: formed(/^https?:\/\/[^\s#]+$/, "an address that begins with http:// or https://, without #")
    .optional()
    .describe("Address of `docs/monitoring.md` for those on call; each alert has a section there. By default its name."),
  dashboards: dashboardsSchema.prefault({}).describe("Dashboards for Grafana."),
  labels: labels
    .default({})
    .describe("Labels of the PodMonitors and the PrometheusRule, by which Prometheus finds them, such as `release: prometheus`."),
  namespace: dnsLabel.optional().describe("Where they are made; it must be there. By default the cluster's namespace."),
  intervalSeconds: z.int().min(1).max(3600).default(30).describe("Time between two scrapes, seconds."),
});
