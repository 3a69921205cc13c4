import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract/clusterSpec";
import { createAwsCluster } from "./aws/createAwsCluster";

/** A worker group as a person wants to see it after an update. */
export interface WorkerGroupSummary {
  /** The cloud object behind the group: an Auto Scaling group on AWS. */
  readonly nodeGroupName: string;
  readonly instanceTypes: readonly string[];
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** What a platform is told to make. */
export interface PlatformArgs {
  /** First part of every resource name. */
  readonly name: string;
  readonly spec: ClusterSpec;
  /** Folder with the built artifacts and their manifest. */
  readonly artifactsDirectory: string;
  /** Parent of everything that is made; explicit providers come by it. */
  readonly parent: pulumi.ComponentResource;
}

/** What every platform must say of a cluster that it made. */
export interface PlatformCluster {
  readonly headPrivateAddress: pulumi.Output<string>;
  readonly headInstanceId: pulumi.Output<string>;
  /** How a person opens the dashboard: a command, or a command and an address. */
  readonly dashboard: pulumi.Output<string>;
  readonly workerGroups: pulumi.Output<Record<string, WorkerGroupSummary>>;
  readonly artifactBucket: pulumi.Output<string>;
  readonly agentConfigParameter: pulumi.Output<string>;
  readonly tokenSecretName: pulumi.Output<string>;
}

/** Makes all resources of a cluster. Synchronous: how many there are depends on the specification alone. */
export type Platform = (args: PlatformArgs) => PlatformCluster;

/**
 * Every platform of machines by its name in the stack file. A new one is one line here and one folder beside this file. Kubernetes is a component of its own
 * (`kubernetesRayCluster.ts`): its specification and its outputs are others, and no machine is ours there.
 */
export const platforms: Readonly<Record<ClusterSpec["platform"], Platform>> = {
  aws: createAwsCluster,
};
