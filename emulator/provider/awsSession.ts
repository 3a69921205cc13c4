import { AutoScalingClient } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SNSClient } from "@aws-sdk/client-sns";
import { SQSClient } from "@aws-sdk/client-sqs";
import { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, type GetCallerIdentityCommandOutput, STSClient } from "@aws-sdk/client-sts";

/** Where and as whom AWS is called: one region of one account at one address. */
export interface AwsSessionSettings {
  /** Address of the AWS API emulator; every service without an address of its own is called here. */
  readonly endpointUrl: string;
  /** Addresses per service, by the names of the provider's `endpoints` block (`ec2`, `s3`, `autoscaling`, ...). @default none */
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly region: string;
  /** @default "emulator", because a real key must never be sent to an emulator by accident */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  /** Added to every taggable resource. @default none */
  readonly defaultTags?: Readonly<Record<string, string>>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 60_000;

/** The SDK clients of one region. Calls have deadlines; they are not cut short, because a call that was cut short may have made something. */
export class AwsSession {
  readonly region: string;
  readonly partition = "aws";
  readonly defaultTags: Readonly<Record<string, string>>;
  readonly autoScaling: AutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly cloudWatchLogs: CloudWatchLogsClient;
  readonly ec2: EC2Client;
  readonly eventBridge: EventBridgeClient;
  readonly elastiCache: ElastiCacheClient;
  readonly iam: IAMClient;
  readonly s3: S3Client;
  readonly secretsManager: SecretsManagerClient;
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  readonly ssm: SSMClient;
  readonly #sts: STSClient;
  #identity: Promise<GetCallerIdentityCommandOutput> | undefined;

  constructor(settings: AwsSessionSettings) {
    this.region = settings.region;
    this.defaultTags = settings.defaultTags ?? {};
    const to = (service: string) => ({
      endpoint: settings.endpoints?.[service] ?? settings.endpointUrl,
      region: settings.region,
      credentials: {
        accessKeyId: settings.accessKeyId ?? "emulator",
        secretAccessKey: settings.secretAccessKey ?? "emulator",
        ...(settings.sessionToken === undefined ? {} : { sessionToken: settings.sessionToken }),
      },
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true },
    });
    this.autoScaling = new AutoScalingClient(to("autoscaling"));
    this.cloudWatch = new CloudWatchClient(to("cloudwatch"));
    this.cloudWatchLogs = new CloudWatchLogsClient(to("logs"));
    this.ec2 = new EC2Client(to("ec2"));
    this.eventBridge = new EventBridgeClient(to("events"));
    this.elastiCache = new ElastiCacheClient(to("elasticache"));
    this.iam = new IAMClient(to("iam"));
    this.s3 = new S3Client({ ...to("s3"), forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
    this.secretsManager = new SecretsManagerClient(to("secretsmanager"));
    this.sns = new SNSClient(to("sns"));
    // The address of a queue may name a host of its own; the emulator has one for everything.
    this.sqs = new SQSClient({ ...to("sqs"), useQueueUrlAsEndpoint: false });
    this.ssm = new SSMClient(to("ssm"));
    this.#sts = new STSClient(to("sts"));
  }

  /** Account, ARN and user id behind the credentials; asked once. */
  async identity(): Promise<{ accountId: string; arn: string; userId: string }> {
    this.#identity ??= this.#sts.send(new GetCallerIdentityCommand({}));
    const { Account = "", Arn = "", UserId = "" } = await this.#identity;
    return { accountId: Account, arn: Arn, userId: UserId };
  }

  /** ARN of a regional resource for which AWS returns none, e.g. `arn("ec2", "vpc/vpc-1")`. */
  async arn(service: string, resource: string): Promise<string> {
    const { accountId } = await this.identity();
    return `arn:${this.partition}:${service}:${this.region}:${accountId}:${resource}`;
  }

  /** Closes connections, so that the process can end. */
  close(): void {
    const clients = [
      this.autoScaling,
      this.cloudWatch,
      this.cloudWatchLogs,
      this.ec2,
      this.elastiCache,
      this.eventBridge,
      this.iam,
      this.s3,
    ];
    for (const client of [...clients, this.secretsManager, this.sns, this.sqs, this.ssm, this.#sts]) client.destroy();
  }
}
