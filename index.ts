import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { KubernetesRayCluster } from "./components/kubernetesRayCluster";
import { RayCluster } from "./components/rayCluster";
import { loadKubernetesConnection, loadSpec } from "./config";

const spec = loadSpec();
const artifactsDirectory = join(__dirname, "dist", "artifacts");
const onAws = spec.platform === "aws" ? new RayCluster(spec.name, { spec, artifactsDirectory }) : undefined;
const onKubernetes =
  spec.platform === "kubernetes"
    ? new KubernetesRayCluster(spec.name, {
        spec,
        connection: loadKubernetesConnection(),
        agentDirectory: join(__dirname, "dist", "kubernetes-agent"),
      })
    : undefined;
const cluster = onAws ?? onKubernetes;

// On every platform. What a platform does not have is left out of the stack's outputs.
export const dashboard = cluster?.dashboard;
export const workerGroups = cluster?.workerGroups;
export const versions: pulumi.Output<{ readonly ray: string; readonly rayfleet: string }> | undefined = cluster?.versions;
export const tokenSecretName = cluster?.tokenSecretName;
/** On AWS the value of the tag `rayfleet:cluster`, by which everything of this cluster is found; on Kubernetes the RayCluster's name. */
export const clusterName = spec.name;

// On AWS.
export const headPrivateAddress = onAws?.headPrivateAddress;
export const headInstanceId = onAws?.headInstanceId;
export const estimatedHourlyUsd = onAws?.estimatedHourlyUsd;
export const artifactBucket = onAws?.artifactBucket;
export const agentConfigParameter = onAws?.agentConfigParameter;

// On Kubernetes.
export const namespace = onKubernetes?.namespace;
export const headServiceName = onKubernetes?.headServiceName;
