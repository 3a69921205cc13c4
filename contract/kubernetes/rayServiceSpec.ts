import * as z from "zod";
import { formed } from "../formedText";
import { rayServiceUpgradeTypes } from "../kuberay/rayService";
import { annotations, dnsLabel, labels, objectName } from "./podSpec";

const port = z.int().min(1).max(65_535);

const servicePortSchema = z.strictObject({
  name: formed(/^serve(-[a-z0-9]([a-z0-9-]{0,7}[a-z0-9])?)?$/, "serve, or serve- and a short name").describe(
    "`serve`, or `serve-grpc` and the like: the operator drops ports of other names.",
  ),
  port: port.describe("Port of the Service."),
  targetPort: port.optional().describe("Port of the pods. By default the same."),
  nodePort: port.optional().describe("Port of the nodes, with NodePort. By default Kubernetes chooses."),
  appProtocol: z.string().min(1).optional().describe("Protocol, such as `kubernetes.io/h2c` for gRPC."),
});

const serveServiceSchema = z.strictObject({
  name: dnsLabel.optional().describe("Name of the Service. By default `<name>-serve-svc`."),
  type: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP").describe("Its type."),
  labels: labels.default({}).describe("Its labels."),
  annotations: annotations.default({}).describe("Its annotations, such as those that a cloud's load balancer reads."),
  ports: z.array(servicePortSchema).max(10).default([]).describe("Its ports. By default 8000 as `serve`."),
});

const upgradeOptionsSchema = z.strictObject({
  maxSurgePercent: z.int().optional().describe("Capacity added at a time, percent. By default 100."),
  stepSizePercent: z.int().describe("Requests moved at a time, percent; at most `maxSurgePercent`."),
  intervalSeconds: z.int().describe("Time between steps, seconds."),
  gatewayClassName: objectName.describe("GatewayClass of the Gateway that shares the requests out."),
});

/** What a user writes under `rayService`: the cluster is made to serve. */
export const rayServiceSpecSchema = z.strictObject({
  serveConfig: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .describe("Ray Serve's configuration (`applications`, …), as a map or as YAML text."),
  serveService: serveServiceSchema.optional().describe("The Service before the applications, where KubeRay's own is not enough."),
  excludeHeadPodFromServeSvc: z.boolean().default(false).describe("Keep requests away from the head."),
  upgradeStrategy: z
    .strictObject({
      type: z
        .enum(rayServiceUpgradeTypes)
        .default("NewCluster")
        .describe(
          "What a change of the cluster does: a second cluster that takes over at once, or step by step (KubeRay 1.7, or its gate RayServiceIncrementalUpgrade, and the Gateway API), or nothing.",
        ),
      clusterUpgradeOptions: upgradeOptionsSchema.optional().describe("With `NewClusterWithIncrementalUpgrade`: the steps."),
    })
    .prefault({})
    .describe("How a change of the cluster reaches the service."),
  rayClusterDeletionDelaySeconds: z.int().optional().describe("So long an old cluster stays after a change, seconds. By default 60."),
  initializingTimeoutSeconds: z
    .int()
    .positive()
    .optional()
    .describe(
      "The operator gives a service up that does not serve within this time, seconds; it has to be made anew then. By default never.",
    ),
  suspend: z.boolean().default(false).describe("End all pods and keep the service for later. Not beside `kueue`. KubeRay 1.7."),
});
