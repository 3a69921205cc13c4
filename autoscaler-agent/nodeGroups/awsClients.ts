import type { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import type { CallBudget } from "./callBudget";

/** The two AWS clients that the backend speaks through, and how much it may say. */
export interface AwsClients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
  readonly budget: CallBudget;
}

/** The same client without the step that copies every reply, with all machines of all groups, for a log that nobody gave it. */
export function withoutReplyLog<Client extends { readonly middlewareStack: { remove(name: string): boolean } }>(client: Client): Client {
  client.middlewareStack.remove("loggerMiddleware");
  return client;
}
