/**
 * A program of your own instead of stack files: two clusters, each in its region by an explicit provider.
 *
 * Run `npm run build` in the repository first; it makes the artifacts that machines download.
 */
import { join } from "node:path";
import * as aws from "@pulumi/aws/provider";
import { defineCluster, RayCluster } from "../../components";

const artifactsDirectory = join(__dirname, "..", "..", "dist", "artifacts");

/** CPU workers on spot machines; nobody reaches the dashboard but through a Systems Manager session. */
const research = new RayCluster(
  "research",
  {
    artifactsDirectory,
    spec: defineCluster("research", {
      platform: "aws",
      head: { instanceType: "r5dn.4xlarge" },
      workerGroups: [{ groupName: "cpu", instanceTypes: ["m7i.4xlarge", "m6i.4xlarge"], capacityType: "spot", maxReplicas: 50 }],
      budget: { maxHourlyUsd: 40 },
    }),
  },
  { provider: new aws.Provider("ireland", { region: "eu-west-1" }) },
);

/** GPU workers; the office network reaches the dashboard. */
const training = new RayCluster(
  "training",
  {
    artifactsDirectory,
    spec: defineCluster("training", {
      platform: "aws",
      access: { users: ["203.0.113.0/24"] },
      network: { cidr: "10.90.0.0/16", nat: "per-zone" },
      workerGroups: [{ groupName: "gpu", needs: { gpu: { type: "L4", count: 1 }, cpu: 8, memoryGiB: 32 }, maxReplicas: 8 }],
    }),
  },
  { provider: new aws.Provider("virginia", { region: "us-east-1" }) },
);

export const dashboards = { research: research.dashboard, training: training.dashboard };
