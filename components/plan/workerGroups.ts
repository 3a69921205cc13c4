import type { WorkerGroupSpec } from "../../contract/clusterSpec";

/** A worker group with its machine types, resources and price worked out. */
export interface WorkerGroupPlan {
  readonly spec: WorkerGroupSpec;
  readonly groupName: string;
  /** In order of preference; all of one architecture. */
  readonly instanceTypes: readonly string[];
  /** What one node offers to Ray at least: the smallest of the machine types, custom resources added. */
  readonly resources: Readonly<Record<string, number>>;
  /** The user's, with `ray.io/node-group` and, where it is known, `ray.io/accelerator-type` and `ray.io/market-type`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly idleTimeoutSeconds: number;
  /** Estimate for one node at the on-demand list price of the first type; absent when the table has none. */
  readonly pricePerHourUsd?: number;
  readonly hasGpu: boolean;
  readonly hasInstanceStore: boolean;
}
