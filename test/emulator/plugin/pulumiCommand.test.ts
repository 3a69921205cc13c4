import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CreateTagsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runStack } from "../../../emulator/engine/runStack";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";
import { cloudInventory } from "../engine/cloudInventory";
import { copyProgram, programMissing } from "../programCopy";
import { installPulumi, type PulumiCommand, pulumiMissing } from "./pulumiCommand";

const root = resolve(__dirname, "../../..");
const missing = apiMissing ?? programMissing ?? pulumiMissing;

/** Programs that the real engine and ours must bring to the same end: the smallest with every kind of option, and the whole product. */
const programs = [
  { what: "a small program", stack: "dev", lay: layFixture },
  { what: "the local stack", stack: "local", lay: copyProgram },
];

function layFixture(directory: string): void {
  cpSync(join(root, "test/fixtures/engineProgram"), directory, { recursive: true });
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
}

/** The real engine over the same table: the proof that the table and the in-process engine do what Pulumi means. */
describe.skipIf(missing)(`the pulumi command with the plugin${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  describe.each(programs)("$what", ({ stack, lay }) => {
    let api: RunningApi;
    let pulumi: PulumiCommand;
    let empty: Awaited<ReturnType<typeof cloudInventory>>;
    beforeAll(async () => {
      api = await startApi("--forget-seconds", "0");
      empty = await cloudInventory(api.endpointUrl);
      pulumi = await installPulumi(api.endpointUrl, stack, lay);
    }, 120_000);
    afterAll(async () => {
      pulumi.remove();
      await api.stop();
    });

    it("previews, makes, keeps, mends and destroys, and leaves what the in-process engine leaves", { timeout: 600_000 }, async () => {
      const inProcess = await madeInProcess(stack, lay);
      expect(pulumi.run("preview", "-s", stack)).toContain(`${inProcess.created} to create`);
      expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
      pulumi.run("up", "-y", "-s", stack);
      const made = await cloudInventory(api.endpointUrl);
      expect(made).toEqual(inProcess.inventory);
      pulumi.run("up", "-y", "-s", stack, "--expect-no-changes");
      pulumi.run("refresh", "-y", "-s", stack, "--expect-no-changes");

      const { Vpcs = [] } = await api.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }));
      await api.ec2.send(new CreateTagsCommand({ Resources: [Vpcs[0]?.VpcId ?? ""], Tags: [{ Key: "note", Value: "by hand" }] }));
      expect(pulumi.run("refresh", "-y", "-s", stack)).toMatch(/1 updated/);
      expect(pulumi.run("up", "-y", "-s", stack)).toMatch(/1 updated/);
      expect(await cloudInventory(api.endpointUrl)).toEqual(made);
      if (stack === "dev") expect(pulumi.run("stack", "output", "token", "-s", stack).trim()).toBe("[secret]");

      pulumi.run("destroy", "-y", "-s", stack);
      expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
    });
  });
});

async function madeInProcess(stack: string, lay: (directory: string) => void) {
  const other = await startApi("--forget-seconds", "0");
  const home = mkdtempSync(join(tmpdir(), "rayfleet-compare-"));
  const directory = join(home, "program");
  mkdirSync(directory);
  lay(directory);
  try {
    const { changes } = await runStack({
      directory,
      stack,
      stateDirectory: join(home, "state"),
      endpointUrl: other.endpointUrl,
      verb: "up",
    });
    return { created: changes.create, inventory: await cloudInventory(other.endpointUrl) };
  } finally {
    rmSync(home, { recursive: true });
    await other.stop();
  }
}
