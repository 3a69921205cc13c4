import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AutoScalingClient, DescribeAutoScalingGroupsCommand, SetDesiredCapacityCommand } from "@aws-sdk/client-auto-scaling";
import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AwsProxy } from "../../../emulator/faults/awsProxy";
import { Tally } from "../../../emulator/faults/tally";

const GROUPS =
  "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member><AutoScalingGroupName>cpu</AutoScalingGroupName>" +
  "<MinSize>0</MinSize><MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity><Instances><member><InstanceId>i-1</InstanceId></member>" +
  "<member><InstanceId>i-2</InstanceId></member></Instances></member></AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>";

describe("the AWS endpoint with faults", () => {
  /** Stands for the real endpoint; remembers what was carried out. */
  let upstream: Server;
  let carriedOut: string[];
  let tally: Tally;
  let proxy: AwsProxy;
  let settings: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string }; maxAttempts: number };
  let autoScaling: AutoScalingClient;

  beforeAll(async () => {
    upstream = createServer((incoming, answer) => {
      let body = "";
      incoming.on("data", (piece: Buffer) => (body += piece.toString()));
      incoming.on("end", () => {
        carriedOut.push(/Action=(\w+)/.exec(body)?.[1] ?? `${incoming.method} ${incoming.headers.host}`);
        answer.writeHead(200, { "content-type": "text/xml" });
        answer.end(body.includes("DescribeAutoScalingGroups") ? GROUPS : "<Nothing/>");
      });
    });
    await new Promise<void>((listening) => upstream.listen(0, "127.0.0.1", listening));
  });

  beforeEach(async () => {
    await proxy?.close();
    carriedOut = [];
    tally = new Tally();
    proxy = new AwsProxy(new URL(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`), tally);
    const endpoint = `http://127.0.0.1:${await proxy.listen(0, "127.0.0.1")}`;
    settings = { endpoint, region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" }, maxAttempts: 1 };
    autoScaling = new AutoScalingClient(settings);
  });

  afterAll(async () => {
    await proxy.close();
    upstream.close();
    upstream.closeAllConnections();
  });

  const groups = async (client = autoScaling) => (await client.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups;
  const setDesired = () => autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: "cpu", DesiredCapacity: 3 }));

  it("hands on what no rule is for", async () => {
    proxy.rules = [{ service: "ec2", fault: { kind: "reset" } }];
    expect(await groups()).toMatchObject([{ DesiredCapacity: 2, Instances: [{ InstanceId: "i-1" }, { InstanceId: "i-2" }] }]);
    expect(tally.counts()).toEqual({ injected: {}, calls: { DescribeAutoScalingGroups: 1 } });
  });

  it.each([
    ["autoscaling", () => groups()],
    ["ec2", () => new EC2Client(settings).send(new DescribeInstancesCommand({}))],
    ["ssm", () => new SSMClient(settings).send(new GetParameterCommand({ Name: "a" }))],
    ["s3", () => new S3Client({ ...settings, forcePathStyle: true }).send(new ListObjectsV2Command({ Bucket: "a" }))],
    ["monitoring", () => new CloudWatchClient(settings).send(new PutMetricDataCommand({ Namespace: "a", MetricData: [] }))],
  ])("refuses a call of %s in its own words, and only that service's", async (service, call) => {
    proxy.rules = [{ service, fault: { kind: "error", status: 400, code: "ExpiredToken" } }];
    const refusal = await call().catch((error: Error) => error);
    // CloudWatch speaks CBOR, in which this proxy cannot: any error will do there.
    expect(refusal).toMatchObject(service === "monitoring" ? { $metadata: { httpStatusCode: 400 } } : { name: "ExpiredToken" });
    expect(carriedOut).toEqual([]);
    proxy.rules = [{ service: "other", fault: { kind: "error", status: 400, code: "ExpiredToken" } }];
    await call().catch(() => undefined);
    expect(carriedOut).toHaveLength(1);
  });

  it("carries a call out and loses its reply", async () => {
    proxy.rules = [{ actions: ["SetDesiredCapacity"], fault: { kind: "drop-reply" } }];
    await expect(setDesired()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(carriedOut).toEqual(["SetDesiredCapacity"]);
    expect(tally.counts().injected).toEqual({ "SetDesiredCapacity drop-reply": 1 });
  });

  it("resets a connection without carrying the call out", async () => {
    proxy.rules = [{ fault: { kind: "reset" } }];
    await expect(setDesired()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(carriedOut).toEqual([]);
  });

  it("gives half a body that says it is whole, which no client may take for an answer", async () => {
    proxy.rules = [{ fault: { kind: "half-body" } }];
    await expect(groups()).rejects.toThrow("parse error");
    expect(carriedOut).toEqual(["DescribeAutoScalingGroups"]);
  });

  it("says nothing until the caller gives up", async () => {
    proxy.rules = [{ fault: { kind: "silence" } }];
    const call = autoScaling.send(new DescribeAutoScalingGroupsCommand({}), { abortSignal: AbortSignal.timeout(50) });
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(carriedOut).toEqual([]);
  });

  it("carries a call out late", async () => {
    proxy.rules = [{ actions: ["DescribeAutoScalingGroups"], fault: { kind: "latency", ms: 300 } }];
    const late = groups();
    // Begun later, and not late: it is carried out first.
    await setDesired();
    expect(await late).toHaveLength(1);
    expect(carriedOut).toEqual(["SetDesiredCapacity", "DescribeAutoScalingGroups"]);
  });

  it("is a reset itself while the real endpoint is away", async () => {
    const away = new AwsProxy(new URL("http://127.0.0.1:1"), tally);
    const client = new AutoScalingClient({ ...settings, endpoint: `http://127.0.0.1:${await away.listen(0, "127.0.0.1")}` });
    await expect(groups(client)).rejects.toMatchObject({ code: "ECONNRESET" });
    await away.close();
  });
});
