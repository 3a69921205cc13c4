import { createHash } from "node:crypto";
import { AutoScalingClient, TerminateInstanceInAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

/** Reads and writes of the artifact bucket. */
interface ArtifactBucket {
  /** @throws the service's error, also when there is no such object */
  read(key: string): Promise<string>;
  write(key: string, text: string): Promise<void>;
}

/** The secret that holds the Ray token of the cluster. */
export interface TokenSecret {
  /** The value, or undefined while nobody has made one. */
  read(): Promise<string | undefined>;
  /**
   * Offers a first value. When two heads do so at once one of them wins, and both read the winner's afterwards: the request token is
   * the same for all, and the service keeps one value per request token.
   */
  offer(value: string): Promise<void>;
}

/** The AWS calls of a node, each with a deadline. */
export interface AwsCalls {
  readonly bucket: ArtifactBucket;
  /** `<role id>` of the caller, or the user's id where it is no role. */
  roleId(): Promise<string>;
  tokenSecret(secretId: string): TokenSecret;
  /**
   * Ends this machine and takes one off its group's desired capacity, so that nothing takes its place. Where the desired capacity is 0
   * already (somebody lowered it under a protected machine) there is none to take off, and nothing takes its place either.
   */
  endThroughGroup(instanceId: string): Promise<void>;
}

const DEADLINE_MS = 15_000;

function hasName(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

/** AWS says only in words that a group's desired capacity stands at its minimum; at a minimum above 0 the machine would be replaced. */
function wantsNoneAlready(error: unknown): boolean {
  return error instanceof Error && error.name === "ValidationError" && /minSize \(0\)/.test(error.message);
}

/**
 * AWS as a node sees it. `AWS_ENDPOINT_URL` is honoured by the SDK itself; with it, bucket names go into the path because a custom endpoint
 * has no name per bucket.
 */
export function awsCalls(input: { region: string; bucketName: string; customEndpoint: boolean; stop: AbortSignal }): AwsCalls {
  const settings = { region: input.region, maxAttempts: 4, requestHandler: { connectionTimeout: 3000, requestTimeout: 10_000 } };
  const s3 = new S3Client({ ...settings, forcePathStyle: input.customEndpoint });
  const sts = new STSClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const groups = new AutoScalingClient(settings);
  const deadline = (): { abortSignal: AbortSignal } => ({
    abortSignal: AbortSignal.any([input.stop, AbortSignal.timeout(DEADLINE_MS)]),
  });
  return {
    bucket: {
      async read(key) {
        const answer = await s3.send(new GetObjectCommand({ Bucket: input.bucketName, Key: key }), deadline());
        if (answer.Body === undefined) throw new Error(`s3://${input.bucketName}/${key}: came without content.`);
        return answer.Body.transformToString("utf8");
      },
      async write(key, text) {
        const command = new PutObjectCommand({ Bucket: input.bucketName, Key: key, Body: text, ContentType: "application/json" });
        // The report of a machine's end is written after the service was told to stop: only the deadline counts here.
        await s3.send(command, { abortSignal: AbortSignal.timeout(DEADLINE_MS) });
      },
    },
    async roleId() {
      const { UserId } = await sts.send(new GetCallerIdentityCommand({}), deadline());
      const roleId = UserId?.split(":")[0];
      if (roleId === undefined || roleId === "") throw new Error("sts: GetCallerIdentity names nobody; got no UserId; expected one.");
      return roleId;
    },
    tokenSecret: (secretId) => tokenSecret(secrets, secretId, deadline),
    async endThroughGroup(instanceId) {
      const end = (lower: boolean) =>
        groups.send(
          new TerminateInstanceInAutoScalingGroupCommand({ InstanceId: instanceId, ShouldDecrementDesiredCapacity: lower }),
          deadline(),
        );
      try {
        await end(true);
      } catch (error) {
        if (!wantsNoneAlready(error)) throw error;
        await end(false);
      }
    },
  };
}

function tokenSecret(secrets: SecretsManagerClient, secretId: string, deadline: () => { abortSignal: AbortSignal }): TokenSecret {
  // 32 to 64 characters, the same on every head of the cluster.
  const requestToken = createHash("sha256").update(`rayfleet first token of ${secretId}`).digest("hex");
  return {
    async read() {
      try {
        const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretId }), deadline());
        return SecretString === undefined || SecretString === "" ? undefined : SecretString;
      } catch (error) {
        if (hasName(error, "ResourceNotFoundException")) return undefined;
        throw error;
      }
    },
    async offer(value) {
      try {
        await secrets.send(
          new PutSecretValueCommand({ SecretId: secretId, SecretString: value, ClientRequestToken: requestToken }),
          deadline(),
        );
      } catch (error) {
        // Another head was first; its value stands and is read next.
        if (!hasName(error, "ResourceExistsException")) throw error;
      }
    },
  };
}
