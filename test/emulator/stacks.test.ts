import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeSecurityGroupRulesCommand } from "@aws-sdk/client-ec2";
import { ListAttachedRolePoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { runStack, type StackRunResult } from "../../emulator/engine/runStack";
import { AwsSession } from "../../emulator/provider/awsSession";
import { apiMissing, type RunningApi, startApi } from "./api/runningApi";
import { cloudInventory } from "./engine/cloudInventory";
import { copyProgram, programMissing } from "./programCopy";

const missing = apiMissing ?? programMissing;

/** What no stack of the repository asks for. */
const MORE = {
  access: {
    users: ["10.20.0.0/16"],
    scrapers: ["10.30.0.0/24"],
    egress: [{ cidr: "10.40.0.0/16", fromPort: 5432, toPort: 5432, description: "The features database" }],
  },
  gcsFaultTolerance: { snapshotRetentionDays: 1 },
  extraPolicyArns: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
};

describe.skipIf(missing)(`the program on the emulated API${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  const home = mkdtempSync(join(tmpdir(), "rayfleet-stacks-"));
  let api: RunningApi;
  let session: AwsSession;
  let empty: Awaited<ReturnType<typeof cloudInventory>>;

  beforeAll(async () => {
    api = await startApi("--forget-seconds", "0");
    session = new AwsSession({ endpointUrl: api.endpointUrl, region: "us-east-1" });
    empty = await cloudInventory(api.endpointUrl);
    copyProgram(home);
    const local = parseDocument(readFileSync(join(home, "stacks/Pulumi.local.yaml"), "utf8"));
    for (const [key, value] of Object.entries(MORE)) local.setIn(["config", "rayfleet:cluster", key], value);
    writeFileSync(join(home, "stacks/Pulumi.more.yaml"), String(local));
    mkdirSync(join(home, "state"));
  });
  afterAll(async () => {
    session.close();
    await api.stop();
    rmSync(home, { recursive: true });
  });

  const run = (verb: "up" | "destroy", stack: string): Promise<StackRunResult> =>
    runStack({ directory: home, stack, stateDirectory: join(home, "state"), endpointUrl: api.endpointUrl, verb });

  it.each(["local", "aws-dev", "aws-gpu", "aws-large", "more"])(
    "comes up, stays and goes without a trace: stack %s",
    { timeout: 120_000 },
    async (stack) => {
      const up = await run("up", stack);
      expect(up.changes.create).toBeGreaterThan(80);
      if (stack === "more") await findsWhatWasAdded();
      expect((await run("up", stack)).changes).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
      await run("destroy", stack);
      expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
    },
  );

  async function findsWhatWasAdded(): Promise<void> {
    const { SecurityGroupRules = [] } = await session.ec2.send(new DescribeSecurityGroupRulesCommand({}));
    const of = (text: string) =>
      SecurityGroupRules.filter((rule) => rule.CidrIpv4 === text).map((rule) => [rule.IsEgress, rule.FromPort, rule.ToPort]);
    expect(of("10.40.0.0/16")).toEqual([
      [true, 5432, 5432],
      [true, 5432, 5432],
    ]);
    expect(of("10.20.0.0/16")).toEqual(
      expect.arrayContaining([
        [false, 8265, 8265],
        [false, 10_001, 10_001],
      ]),
    );
    expect(of("10.30.0.0/24").length).toBeGreaterThan(0);
    const { Roles = [] } = await session.iam.send(new ListRolesCommand({}));
    const roles = Roles.flatMap(({ RoleName = "" }) => (/^more-(head|worker)/.test(RoleName) ? [RoleName] : []));
    expect(roles).toHaveLength(2);
    for (const RoleName of roles) {
      const { AttachedPolicies = [] } = await session.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      expect(AttachedPolicies.map(({ PolicyArn }) => PolicyArn)).toContain(MORE.extraPolicyArns[0]);
    }
  }
});
