import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { bootReportSchema } from "../contract/bootReport";
import { RayDashboard } from "./demo/rayDashboard";
import { Witness } from "./demo/witness";
import { AwsSession } from "./provider/awsSession";

/** The stack outputs that the commands need; `index.ts` exports them. */
export const clusterOutputsSchema = z.object({
  clusterName: z.string(),
  headInstanceId: z.string(),
  headPrivateAddress: z.string(),
  tokenSecretName: z.string(),
  artifactBucket: z.string(),
  agentConfigParameter: z.string(),
  estimatedHourlyUsd: z.object({ atMinimum: z.number(), atMaximum: z.number(), source: z.string() }),
});

export type ClusterOutputs = z.infer<typeof clusterOutputsSchema>;

/** Where the emulated cloud answers on this machine's loopback. */
export interface CloudAddresses {
  readonly endpointUrl: string;
  readonly region: string;
  readonly dashboardUrl: string;
  readonly agentUrl: string;
}

/** The cluster did not come up in time. */
export class ClusterNotReadyError extends Error {
  override readonly name = "ClusterNotReadyError";
}

const READY_LOOK_INTERVAL_MS = 300;

/** A running cluster as a person reaches it: AWS API, dashboard, agent's page. */
export class LocalCluster {
  readonly aws: AwsSession;

  constructor(
    readonly outputs: ClusterOutputs,
    readonly addresses: CloudAddresses,
  ) {
    this.aws = new AwsSession({ endpointUrl: addresses.endpointUrl, region: addresses.region });
  }

  /** The Ray token, or undefined while the head has not made it. */
  async token(): Promise<string | undefined> {
    try {
      const reply = await this.aws.secretsManager.send(new GetSecretValueCommand({ SecretId: this.outputs.tokenSecretName }));
      return reply.SecretString;
    } catch (error) {
      if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async dashboard(): Promise<RayDashboard | undefined> {
    const token = await this.token();
    return token === undefined ? undefined : new RayDashboard(this.addresses.dashboardUrl, token);
  }

  /** Someone who watches this cluster from outside, from now until told to stop. */
  witness(dashboard: RayDashboard): Witness {
    const { agentUrl } = this.addresses;
    return new Witness({ aws: this.aws, dashboard, agentUrl, clusterName: this.outputs.clusterName }, Date.now());
  }

  /** The stage that a machine last reported, with the reason when it gave up. */
  async bootStage(instanceId: string): Promise<string | undefined> {
    const list = await this.aws.s3.send(new ListObjectsV2Command({ Bucket: this.outputs.artifactBucket, Prefix: "boot/" }));
    const key = list.Contents?.find((entry) => entry.Key?.endsWith(`:${instanceId}.json`))?.Key;
    if (key === undefined) return undefined;
    const object = await this.aws.s3.send(new GetObjectCommand({ Bucket: this.outputs.artifactBucket, Key: key }));
    const report = bootReportSchema.parse(JSON.parse((await object.Body?.transformToString()) ?? ""));
    return report.failure === undefined ? report.stage : `${report.stage}: failed: ${report.failure}`;
  }

  /** Whether the agent has made a decision and is well. */
  async agentIsReady(): Promise<boolean> {
    try {
      const response = await fetch(`${this.addresses.agentUrl}/healthz`, { signal: AbortSignal.timeout(2000) });
      return response.ok;
    } catch {
      return false;
    }
  }

  /**
   * Waits until the dashboard takes the token and the agent is well.
   *
   * @throws ClusterNotReadyError after `timeoutSeconds`, naming the head's last stage.
   */
  async waitUntilReady(options: { timeoutSeconds: number; onStage: (stage: string) => void; signal?: AbortSignal }): Promise<RayDashboard> {
    const deadline = Date.now() + options.timeoutSeconds * 1000;
    let stage = "";
    for (;;) {
      options.signal?.throwIfAborted();
      const now = await this.readiness();
      if (typeof now !== "string") return now;
      if (now !== stage) options.onStage(now);
      stage = now;
      if (stage.includes("failed:") || Date.now() > deadline) {
        throw new ClusterNotReadyError(
          `head ${this.outputs.headInstanceId}: is not ready after ${options.timeoutSeconds} s; last stage: ${stage}`,
        );
      }
      await sleep(READY_LOOK_INTERVAL_MS);
    }
  }

  private async readiness(): Promise<RayDashboard | string> {
    const stage = await this.bootStage(this.outputs.headInstanceId);
    if (stage === undefined) return "machine starts";
    if (stage !== "running") return stage;
    const dashboard = await this.dashboard();
    if (dashboard === undefined || !(await dashboard.isReady())) return "Ray starts, dashboard not yet there";
    if (!(await this.agentIsReady())) return "Ray runs, agent not yet there";
    return dashboard;
  }
}
