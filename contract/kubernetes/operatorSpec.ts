import * as z from "zod";
import { environment, formed } from "../formedText";
import { dnsLabel, labels } from "./podSpec";

/** Schedulers that the operator can hand groups of pods to. */
export const batchSchedulers = ["volcano", "yunikorn", "kai-scheduler", "scheduler-plugins"] as const;

const serviceMonitorSchema = z.strictObject({
  enabled: z.boolean().default(false).describe("Make a ServiceMonitor of the operator; Prometheus' operator must be there."),
  namespace: dnsLabel.optional().describe("Where it is made. By default the operator's namespace."),
  labels: labels.default({}).describe("Its labels, by which Prometheus finds it."),
  intervalSeconds: z.int().min(1).max(3600).default(30).describe("Time between two scrapes, seconds."),
});

const crdsSchema = z.strictObject({
  install: z
    .boolean()
    .default(true)
    .describe(
      "Install KubeRay's CRDs with the operator, and upgrade them with `version`: by server-side apply, never an older one over a newer one, and never removed. `false`: they are there.",
    ),
  source: z
    .string()
    .min(1)
    .optional()
    .describe("Folder, or address, with `ray.io_rayclusters.yaml` and the others. By default KubeRay's repository at `version`."),
});

/** What a user writes under `operator`: which KubeRay acts on the cluster. */
export const operatorSpecSchema = z.strictObject({
  install: z
    .boolean()
    .default(true)
    .describe("Install the operator by its Helm chart. `false`: one is there, and the other keys say what it is like."),
  version: formed(/^1\.[5-7]\.\d+$/, "a release of KubeRay from 1.5 to 1.7, such as 1.7.0")
    .default("1.7.0")
    .describe("KubeRay's release, of the operator, its chart and its CRDs. What a release does not know is refused."),
  namespace: dnsLabel.optional().describe("Where the operator runs. By default the cluster's namespace."),
  scope: z
    .enum(["namespace", "cluster"])
    .default("namespace")
    .describe("`namespace`: it watches some namespaces and has rights in these alone. `cluster`: it watches all of them."),
  watchNamespaces: z
    .array(dnsLabel)
    .max(50)
    .default([])
    .describe("With `scope: namespace`: namespaces to watch beside the cluster's own. They must be there."),
  crds: crdsSchema.prefault({}).describe("KubeRay's CRDs, which all its operators in the Kubernetes cluster share."),
  featureGates: z
    .record(z.string(), z.boolean())
    .default({})
    .describe("Gates to turn on or off by name; those that are not named keep the chart's values."),
  batchScheduler: z
    .enum(batchSchedulers)
    .optional()
    .describe("Scheduler that places the pods of a cluster together. It must be there. By default none."),
  serviceMonitor: serviceMonitorSchema.prefault({}).describe("Metrics of the operator itself."),
  cpu: z.number().min(0.01).max(64).default(0.1).describe("CPUs of the operator, limit."),
  memoryMiB: z.int().min(64).max(65_536).default(512).describe("Memory of the operator, MiB, limit. About 500 for 500 pods of Ray."),
  replicas: z.int().min(1).max(5).default(1).describe("Operators, of which one acts at a time."),
  reconcileConcurrency: z.int().min(1).max(100).default(1).describe("Clusters that it acts on at a time."),
  image: z.string().min(1).optional().describe("Image without a tag, for a mirror. By default the chart's."),
  environment: environment.default({}).describe("Environment variables of the operator, such as `RAYCLUSTER_DEFAULT_REQUEUE_SECONDS_ENV`."),
});
