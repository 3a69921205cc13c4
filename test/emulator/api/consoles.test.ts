import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RunInstancesCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsReasons } from "../../../autoscaler-agent/nodeGroups/awsReasons";
import { CallBudget } from "../../../autoscaler-agent/nodeGroups/callBudget";
import { FakeClock } from "../../support/fakeClock";
import { apiMissing, type RunningApi, startApi } from "./runningApi";

const { signal } = new AbortController();

describe.skipIf(apiMissing)("consoles of emulated machines", () => {
  let api: RunningApi;
  let folder: string;
  let instanceId: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "consoles-"));
    api = await startApi("--consoles", folder);
    const made = await api.ec2.send(new RunInstancesCommand({ ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1 }));
    instanceId = made.Instances?.[0]?.InstanceId ?? "";
  });
  afterAll(async () => {
    await api.stop();
    await rm(folder, { recursive: true });
  });

  it("are what the machine has written, as the agent reads it", async () => {
    const reasons = new AwsReasons({ autoScaling: api.autoScaling, ec2: api.ec2, budget: new CallBudget(new FakeClock()) });
    expect(await reasons.consoleTail(instanceId, signal)).toEqual([]);
    await mkdir(join(folder, instanceId));
    await writeFile(join(folder, instanceId, "console.log"), `${"early\n".repeat(20_000)}curl: (28) Connection timed out\nKernel pänic\n`);
    const lines = await reasons.consoleTail(instanceId, signal);
    expect([lines.length, ...lines.slice(-3)]).toEqual([20, "early", "curl: (28) Connection timed out", "Kernel pänic"]);
    expect(await reasons.consoleTail("i-0123456789abcdef0", signal)).toEqual([]);
  });
});
