import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runStack } from "../../../emulator/engine/runStack";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";
import { cloudInventory } from "../engine/cloudInventory";
import { installPulumi, type PulumiCommand, pulumiMissing } from "./pulumiCommand";

const fixture = resolve(__dirname, "../../fixtures/engineProgram");
const missing = apiMissing ?? pulumiMissing;

/** The real engine over the same table: the proof that the table and the in-process engine do what Pulumi means. */
describe.skipIf(missing)(`the pulumi command with the plugin${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  let api: RunningApi;
  let pulumi: PulumiCommand;
  let empty: Awaited<ReturnType<typeof cloudInventory>>;
  beforeAll(async () => {
    api = await startApi("--forget-seconds", "0");
    empty = await cloudInventory(api.endpointUrl);
    pulumi = await installPulumi(api.endpointUrl);
  }, 120_000);
  afterAll(async () => {
    pulumi.remove();
    await api.stop();
  });

  it("previews, makes, keeps, mends and destroys, and leaves what the in-process engine leaves", { timeout: 300_000 }, async () => {
    expect(pulumi.run("preview", "-s", "dev")).toMatch(/25 to create/);
    expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
    pulumi.run("up", "-y", "-s", "dev");
    const made = await cloudInventory(api.endpointUrl);
    expect(made).toEqual(await madeInProcess());
    pulumi.run("up", "-y", "-s", "dev", "--expect-no-changes");
    pulumi.run("refresh", "-y", "-s", "dev", "--expect-no-changes");

    const vpcId = pulumi.run("stack", "output", "vpcId", "-s", "dev").trim();
    await api.ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags: [{ Key: "note", Value: "by hand" }] }));
    expect(pulumi.run("refresh", "-y", "-s", "dev")).toMatch(/1 updated/);
    expect(pulumi.run("up", "-y", "-s", "dev")).toMatch(/1 updated/);
    expect(await cloudInventory(api.endpointUrl)).toEqual(made);
    expect(pulumi.run("stack", "output", "token", "-s", "dev").trim()).toBe("[secret]");

    pulumi.run("destroy", "-y", "-s", "dev");
    expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
  });

  async function madeInProcess(): Promise<Awaited<ReturnType<typeof cloudInventory>>> {
    const other = await startApi("--forget-seconds", "0");
    const stateDirectory = mkdtempSync(join(tmpdir(), "rayfleet-compare-"));
    try {
      await runStack({ directory: fixture, stack: "dev", stateDirectory, endpointUrl: other.endpointUrl, verb: "up" });
      return await cloudInventory(other.endpointUrl);
    } finally {
      rmSync(stateDirectory, { recursive: true });
      await other.stop();
    }
  }
});
