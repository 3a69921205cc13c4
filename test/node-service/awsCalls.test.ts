import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  CreateLaunchConfigurationCommand,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type AwsCalls, awsCalls } from "../../node-service/awsCalls";
import { makeToken } from "../../node-service/steps/rayToken";
import { type MotoServer, motoMissing, startMoto } from "../support/motoServer";

describe.skipIf(motoMissing !== undefined)(
  `awsCalls against moto${motoMissing === undefined ? "" : ` (${motoMissing})`}`,
  { timeout: 60_000 },
  () => {
    let moto: MotoServer;
    let aws: AwsCalls;
    let settings: { region: string; endpoint: string };

    beforeAll(async () => {
      moto = await startMoto();
      for (const [name, value] of Object.entries({
        AWS_ENDPOINT_URL: moto.url,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      })) {
        vi.stubEnv(name, value);
      }
      settings = { region: "us-east-1", endpoint: moto.url };
      aws = awsCalls({ region: "us-east-1", bucketName: "artifacts", customEndpoint: true, stop: new AbortController().signal });
      await new S3Client({ ...settings, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: "artifacts" }));
      await new SecretsManagerClient(settings).send(new CreateSecretCommand({ Name: "ray-token" }));
    }, 60_000);

    afterAll(async () => {
      vi.unstubAllEnvs();
      await moto?.stop();
    });

    it("reads and writes the artifact bucket", async () => {
      const s3 = new S3Client({ ...settings, forcePathStyle: true });
      await s3.send(new PutObjectCommand({ Bucket: "artifacts", Key: "machine/cpu.json", Body: "{}" }));
      expect(await aws.bucket.read("machine/cpu.json")).toBe("{}");
      await aws.bucket.write("boot/a:i-1.json", "report");
      const written = await s3.send(new GetObjectCommand({ Bucket: "artifacts", Key: "boot/a:i-1.json" }));
      expect(await written.Body?.transformToString()).toBe("report");
      await expect(aws.bucket.read("machine/none.json")).rejects.toThrow();
    });

    it("knows who it is", async () => {
      expect(await aws.roleId()).toMatch(/^[A-Z0-9]+$/);
    });

    it("makes the token once, however many heads start at the same time", async () => {
      const secret = aws.tokenSecret("ray-token");
      expect(await secret.read()).toBeUndefined();
      const tokens = await Promise.all(["a", "b", "c"].map((letter) => makeToken(secret, () => letter.repeat(64))));
      const stored = await new SecretsManagerClient(settings).send(new GetSecretValueCommand({ SecretId: "ray-token" }));
      expect(tokens).toEqual(Array.from({ length: 3 }, () => stored.SecretString));
    });

    it("keeps the first value that was offered", async () => {
      await new SecretsManagerClient(settings).send(new CreateSecretCommand({ Name: "second-token" }));
      const secret = aws.tokenSecret("second-token");
      await secret.offer("first");
      await secret.offer("late");
      expect(await secret.read()).toBe("first");
    });

    it("fails for a secret that nobody declared", async () => {
      await expect(makeToken(aws.tokenSecret("other"), () => "x")).rejects.toThrow();
    });

    it("ends its machine and takes one off the group's desired capacity", async () => {
      const groups = new AutoScalingClient(settings);
      await groups.send(
        new CreateLaunchConfigurationCommand({ LaunchConfigurationName: "lc", ImageId: "ami-12c6146b", InstanceType: "m5.large" }),
      );
      const group = { AutoScalingGroupName: "cpu", MinSize: 0, MaxSize: 5, DesiredCapacity: 2, LaunchConfigurationName: "lc" };
      await groups.send(new CreateAutoScalingGroupCommand({ ...group, AvailabilityZones: ["us-east-1a"] }));
      const read = async (): Promise<{ desired: number | undefined; ids: (string | undefined)[] }> => {
        const answer = await groups.send(new DescribeAutoScalingGroupsCommand({}));
        const found = answer.AutoScalingGroups?.[0];
        return { desired: found?.DesiredCapacity, ids: (found?.Instances ?? []).map((instance) => instance.InstanceId) };
      };
      const [first = "", second] = (await read()).ids;
      await aws.endThroughGroup(first);
      expect(await read()).toEqual({ desired: 1, ids: [second] });
    });
  },
);
