import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { CallBudget } from "./callBudget";

/** The two AWS clients that the backend speaks through, and how much it may say. */
export interface AwsClients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly budget: CallBudget;
}
