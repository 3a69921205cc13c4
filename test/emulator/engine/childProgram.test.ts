import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTagsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { EngineEvent } from "../../../emulator/engine/events";
import { runStack, type StackRun } from "../../../emulator/engine/runStack";
import { loadStackConfiguration, type StackConfiguration } from "../../../emulator/engine/stackConfiguration";
import { apiMissing, type RunningApi, startApi } from "../api/runningApi";
import { cloudInventory } from "./cloudInventory";

const directory = resolve(__dirname, "../../fixtures/engineProgram");

describe.skipIf(apiMissing)("runChildProgram", () => {
  let api: RunningApi;
  let stateDirectory: string;
  let events: EngineEvent[];
  let empty: Awaited<ReturnType<typeof cloudInventory>>;
  beforeAll(async () => {
    api = await startApi("--forget-seconds", "0");
    empty = await cloudInventory(api.endpointUrl);
  });
  afterAll(() => api.stop());
  beforeEach(() => {
    stateDirectory = mkdtempSync(join(tmpdir(), "rayfleet-engine-"));
    events = [];
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(stateDirectory, { recursive: true });
  });

  const run = (verb: StackRun["verb"], more: Partial<StackRun> = {}) =>
    runStack({
      directory,
      stack: "dev",
      stateDirectory,
      endpointUrl: api.endpointUrl,
      verb,
      onEvent: (event) => events.push(event),
      ...more,
    });
  const configured = async (values: Record<string, string>): Promise<{ configuration: StackConfiguration }> => {
    const configuration = await loadStackConfiguration({ directory, stack: "dev" });
    return { configuration: { ...configuration, values: { ...configuration.values, ...values } } };
  };
  const stateText = () =>
    existsSync(join(stateDirectory, "dev.state.json")) ? readFileSync(join(stateDirectory, "dev.state.json"), "utf8") : "";

  it("takes a program through its life as the language host would", async () => {
    // The program fails when it sees one of them.
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "from the user's shell");
    vi.stubEnv("AWS_PROFILE", "from the user's shell");
    const preview = await run("preview");
    expect(preview.changes).toMatchObject({ create: 25 });
    expect(preview.outputs).toMatchObject({ vpcId: "[unknown]", headAddress: "10.0.0.10", token: "[secret]" });
    expect(await cloudInventory(api.endpointUrl)).toEqual(empty);

    const up = await run("up");
    expect(up.changes).toMatchObject({ create: 25 });
    expect(up.outputs).toMatchObject({ headAddress: "10.0.0.10", token: "[secret]" });
    expect(events).toContainEqual({ op: "log", severity: "info", text: "declared for hello", urn: "" });
    expect((await run("up")).changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: 25 });
    expect((await run("refresh")).changes).toMatchObject({ update: 0, delete: 0 });

    // Another greeting: tags, token, user data. A third zone: one subnet and one association more.
    const changed = await run("up", await configured({ "engine-program:greeting": "goodbye", "engine-program:zones": '["a","b","c"]' }));
    expect(changed.changes).toMatchObject({ create: 2, replace: 0, delete: 0 });
    expect(changed.changes.update).toBeGreaterThan(10);
    expect(JSON.stringify(events)).not.toContain("s3cr3t-token");
    expect(JSON.stringify(await cloudInventory(api.endpointUrl))).toContain("goodbye");

    await run("destroy");
    expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  it("mends what was changed by hand, after a refresh", async () => {
    const { outputs } = await run("up");
    await api.ec2.send(new CreateTagsCommand({ Resources: [String(outputs["vpcId"])], Tags: [{ Key: "note", Value: "by hand" }] }));
    expect((await run("up")).changes.update).toBe(0);
    expect((await run("refresh")).changes.update).toBe(1);
    expect((await run("up")).changes.update).toBe(1);
    await run("destroy");
  });

  it("says in one line why a program failed, and deletes nothing", async () => {
    const failure = runStack({ directory, stack: "broken", stateDirectory, endpointUrl: api.endpointUrl, verb: "up" });
    await expect(failure).rejects.toThrow(/^the program failed \(exit code \d+\): Error: the program made a mistake$/);
  });

  it("lets one run at a time change a stack", async () => {
    const first = run("up");
    await expect.poll(stateText, { timeout: 20_000 }).not.toBe("");
    await expect(run("up")).rejects.toThrow(`is being changed by process ${process.pid}`);
    await first;
    await run("destroy");
  });

  it("stops the program when it is cancelled, and the next run goes on", async () => {
    const controller = new AbortController();
    const stopAt = 8;
    const cancelled = run("up", {
      signal: controller.signal,
      onEvent: (event) => {
        events.push(event);
        if (events.filter(({ op }) => op === "create").length === stopAt) controller.abort();
      },
    });
    await expect(cancelled).rejects.toThrow("cancelled");
    const made = (JSON.parse(stateText()) as { resources: unknown[] }).resources.length;
    expect(made).toBeGreaterThanOrEqual(stopAt);
    const { changes } = await run("up");
    expect(changes).toMatchObject({ create: 25 - made, same: made });
    await run("destroy");
    expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
  });

  describe("after the engine was killed in the middle", () => {
    let reference: Awaited<ReturnType<typeof cloudInventory>>;
    beforeAll(async () => {
      stateDirectory = mkdtempSync(join(tmpdir(), "rayfleet-engine-"));
      await run("up");
      reference = await cloudInventory(api.endpointUrl);
      await run("destroy");
      rmSync(stateDirectory, { recursive: true });
    });

    const resources = () => (stateText() === "" ? 0 : (JSON.parse(stateText()) as { resources: unknown[] }).resources.length);

    /** Starts the engine in a process of its own and kills it as soon as so many resources are recorded. */
    async function killAt(count: number): Promise<void> {
      const words = ["--import", "tsx", join(__dirname, "runFixture.ts"), "up", directory, stateDirectory, api.endpointUrl];
      const engine: ChildProcess = spawn(process.execPath, words, { stdio: "ignore" });
      const ended = new Promise((done) => engine.once("exit", done));
      while (resources() < count && engine.exitCode === null) await sleep(5);
      engine.kill("SIGKILL");
      await ended;
    }

    it.each([4, 14])("at resource %i, the next run makes the rest and nothing twice", async (count) => {
      await killAt(count);
      await run("up");
      expect(await cloudInventory(api.endpointUrl)).toEqual(reference);
      await run("destroy");
      expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
    });

    it("destroy finds what was made and not recorded", async () => {
      await killAt(9);
      await run("destroy");
      expect(await cloudInventory(api.endpointUrl)).toEqual(empty);
      const { Vpcs } = await api.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["false"] }] }));
      expect(Vpcs).toEqual([]);
    });
  });
});
