import { createServer, type Server } from "node:http";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AwsKeys } from "../../autoscaler-agent/awsKeys";
import { FakeClock } from "../support/fakeClock";
import { instanceDocuments, type MetadataServer, startMetadataServer } from "../support/metadataServer";

const KEYS = "meta-data/iam/security-credentials/demo-worker";

const roleKeys = (AccessKeyId: string) =>
  JSON.stringify({ Code: "Success", AccessKeyId, SecretAccessKey: "s", Token: "t", Expiration: "2099-01-01T00:00:00Z" });

describe("AwsKeys", () => {
  let metadata: MetadataServer;
  let aws: Server;
  let refuse: (keyId: string) => { readonly status: number; readonly code: string } | undefined;
  const used: string[] = [];
  const logged: string[] = [];
  const clock = new FakeClock();

  beforeEach(async () => {
    metadata = await startMetadataServer(instanceDocuments({ [KEYS]: roleKeys("AKIDOLD") }));
    refuse = (keyId) => (keyId === "AKIDOLD" ? { status: 403, code: "InvalidClientTokenId" } : undefined);
    used.length = 0;
    logged.length = 0;
    aws = createServer((request, response) => {
      const keyId = /Credential=(\w+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      used.push(keyId);
      const refusal = refuse(keyId);
      const isQuery = request.headers["x-amz-target"] === undefined;
      response.statusCode = refusal?.status ?? 200;
      if (isQuery) {
        const error = `<ErrorResponse><Error><Code>${refusal?.code}</Code><Message>no</Message></Error></ErrorResponse>`;
        response.end(
          refusal ? error : "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult/></DescribeAutoScalingGroupsResponse>",
        );
      } else {
        response.end(JSON.stringify(refusal ? { __type: refusal.code } : { Parameter: { Value: "v" } }));
      }
    });
    await new Promise<void>((done) => aws.listen(0, "127.0.0.1", done));
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url);
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await metadata.stop();
    await new Promise((done) => aws.close(done));
  });

  const makeClients = () => {
    const address = aws.address();
    const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    const once = { region: "us-east-1", maxAttempts: 1, endpoint };
    const ssm = new SSMClient(once);
    const { credentials } = ssm.config;
    const log = (event: string) => void logged.push(event);
    const keys = new AwsKeys({ renew: () => credentials({ forceRefresh: true }), clock, log });
    const autoScaling = keys.watch(new AutoScalingClient({ ...once, credentials }));
    keys.watch(ssm);
    return {
      readParameter: () => ssm.send(new GetParameterCommand({ Name: "n" })),
      readGroups: () => autoScaling.send(new DescribeAutoScalingGroupsCommand({})),
    };
  };

  const fetches = () => metadata.requests.filter((request) => request.endsWith(KEYS)).length;

  it("fetches keys that AWS took back before their time anew, for all clients", async () => {
    const { readParameter, readGroups } = makeClients();
    await expect(readParameter()).rejects.toThrow();
    await vi.waitFor(() => expect(logged).toEqual(["keys-refused", "keys-renewed"]));
    metadata.documents.set(KEYS, roleKeys("AKIDNEW"));
    clock.advance(61);
    await expect(readGroups()).rejects.toThrow("no");
    await vi.waitFor(() => expect(logged).toHaveLength(4));
    await readGroups();
    await readParameter();
    expect([used, fetches()]).toEqual([["AKIDOLD", "AKIDOLD", "AKIDNEW", "AKIDNEW"], 3]);
  });

  it("asks the machine once a minute at most, whatever is refused", async () => {
    const { readParameter } = makeClients();
    for (let call = 0; call < 5; call += 1) await expect(readParameter()).rejects.toThrow();
    await vi.waitFor(() => expect(logged).toEqual(["keys-refused", "keys-renewed"]));
    expect(fetches()).toBe(2);
    clock.advance(60);
    await expect(readParameter()).rejects.toThrow();
    await vi.waitFor(() => expect(fetches()).toBe(3));
  });

  it.each(["ExpiredToken", "AuthFailure", "UnrecognizedClientException", "AccessDenied"])("takes %s for refused keys", async (code) => {
    refuse = () => ({ status: 403, code });
    clock.advance(100);
    await expect(makeClients().readGroups()).rejects.toThrow();
    await vi.waitFor(() => expect(logged).toContain("keys-renewed"));
  });

  it("leaves keys alone that AWS does not refuse, and says when there are no new ones", async () => {
    clock.advance(100);
    const { readGroups } = makeClients();
    refuse = () => ({ status: 400, code: "Throttling" });
    await expect(readGroups()).rejects.toThrow();
    expect([logged, fetches()]).toEqual([[], 1]);
    refuse = () => ({ status: 403, code: "ExpiredToken" });
    metadata.documents.delete(KEYS);
    await expect(readGroups()).rejects.toThrow();
    await vi.waitFor(() => expect(logged).toEqual(["keys-refused", "keys-not-renewed"]));
  });
});
