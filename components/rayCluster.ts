import * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../contract/clusterSpec";
import packageDescription from "../package.json";
import { planCost } from "./plan/cost";
import { platforms, type WorkerGroupSummary } from "./platform";

export interface RayClusterArgs {
  /** A checked specification: from `loadClusterSpec` of a stack file, or from `parseClusterSpec`. */
  readonly spec: ClusterSpec;
  /**
   * Folder with the runtime and bundle that machines download, made by `npm run build`.
   *
   * @default "dist/artifacts" in the current folder
   */
  readonly artifactsDirectory?: string;
}

/** Versions of everything that decides how the cluster behaves. */
export interface ClusterVersions {
  readonly ray: string;
  readonly python: string;
  readonly rayfleet: string;
}

/** On-demand list prices of the machines and the network; traffic, disks and logs are not in it. */
export interface HourlyEstimate {
  readonly atMinimum: number;
  readonly atMaximum: number;
  /** Machine types that are in neither sum because no price is known. */
  readonly unknownPrices: readonly string[];
  /** Where the prices come from, and of when they are. */
  readonly source: string;
}

/**
 * A Ray cluster: head, worker groups that an agent sizes to what Ray waits for, and everything they stand on. The one component that a
 * program needs; the platform is named in the specification.
 *
 * @example
 * const cluster = new RayCluster("demo", { spec: loadClusterSpec() });
 * export const dashboard = cluster.dashboard;
 *
 * @throws ArtifactsError when the artifacts are not built
 */
export class RayCluster extends pulumi.ComponentResource {
  /** The same for as long as the cluster exists, also over a replaced head. */
  readonly headPrivateAddress: pulumi.Output<string>;
  readonly headInstanceId: pulumi.Output<string>;
  /** How to open the dashboard. */
  readonly dashboard: pulumi.Output<string>;
  /** Group name → the cloud object behind it, its machine types and bounds. */
  readonly workerGroups: pulumi.Output<Record<string, WorkerGroupSummary>>;
  readonly versions: pulumi.Output<ClusterVersions>;
  /** With every group at its minimum and at its maximum. */
  readonly estimatedHourlyUsd: pulumi.Output<HourlyEstimate>;
  readonly artifactBucket: pulumi.Output<string>;
  readonly agentConfigParameter: pulumi.Output<string>;
  /** Name of the secret with the Ray token; the token itself is in no output. */
  readonly tokenSecretName: pulumi.Output<string>;

  constructor(name: string, args: RayClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("rayfleet:index:RayCluster", name, {}, options);
    const { spec, artifactsDirectory = "dist/artifacts" } = args;
    const cluster = platforms[spec.platform]({ name, spec, artifactsDirectory, parent: this });
    const cost = planCost(spec);
    this.headPrivateAddress = cluster.headPrivateAddress;
    this.headInstanceId = cluster.headInstanceId;
    this.dashboard = cluster.dashboard;
    this.workerGroups = cluster.workerGroups;
    this.versions = pulumi.output({ ray: spec.ray.version, python: spec.ray.python, rayfleet: packageDescription.version });
    this.estimatedHourlyUsd = pulumi.output({
      atMinimum: cost.atMinimumHourlyUsd,
      atMaximum: cost.atMaximumHourlyUsd,
      unknownPrices: [...cost.unknownPrices],
      source: cost.source,
    });
    this.artifactBucket = cluster.artifactBucket;
    this.agentConfigParameter = cluster.agentConfigParameter;
    this.tokenSecretName = cluster.tokenSecretName;
    this.registerOutputs({
      headPrivateAddress: this.headPrivateAddress,
      headInstanceId: this.headInstanceId,
      dashboard: this.dashboard,
      workerGroups: this.workerGroups,
      versions: this.versions,
      estimatedHourlyUsd: this.estimatedHourlyUsd,
      artifactBucket: this.artifactBucket,
      agentConfigParameter: this.agentConfigParameter,
      tokenSecretName: this.tokenSecretName,
    });
  }
}
