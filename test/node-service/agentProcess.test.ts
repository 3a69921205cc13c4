import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgentProcess, agentBackOffSeconds, agentEnvironment, agentProgram } from "../../node-service/agentProcess";
import type { Clock } from "../../node-service/machineAccess";
import { RotatingFile } from "../../node-service/rotatingFile";
import { systemClock } from "../../node-service/systemClock";
import { headConfig, machineConfig } from "../support/machineConfigBuilder";

describe("agentBackOffSeconds", () => {
  it("is one second first, doubles, and never passes 30", () => {
    expect([1, 2, 3, 4, 5, 6, 60].map(agentBackOffSeconds)).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });
});

describe("agentEnvironment", () => {
  it("tells the agent of the head what it needs", () => {
    const given = { config: headConfig(), region: "us-east-1", tokenFile: "/run/rayfleet/token", logFolder: "/var/log/rayfleet" };
    expect(agentEnvironment(given)).toEqual({
      RAYFLEET_AGENT_CONFIG_PARAMETER: "/rayfleet/demo/agent",
      RAYFLEET_REGION: "us-east-1",
      RAYFLEET_GCS_ADDRESS: "10.80.0.10:6379",
      RAY_AUTH_TOKEN_PATH: "/run/rayfleet/token",
      RAYFLEET_RECORD_FOLDER: "/var/log/rayfleet/decisions",
    });
  });

  it("is nothing on a worker", () => {
    expect(agentEnvironment({ config: machineConfig(), region: "us-east-1", tokenFile: "x", logFolder: "x" })).toBeUndefined();
  });
});

describe("agentProgram", () => {
  it("is sparing with young objects and leaves the heap as a whole to Node, so that a busy agent does not die for want of memory", () => {
    const { argv, environment } = agentProgram("/opt/rayfleet/bundle");
    expect(argv).toEqual([process.execPath, "--max-semi-space-size=2", "/opt/rayfleet/bundle/agent.js"]);
    expect(environment).toEqual({ MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "16384" });
  });
});

describe("AgentProcess", { timeout: 60_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rayfleet-agent-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("starts the agent again when it ends, and stops it in good order", async () => {
    const log = join(folder, "agent.log");
    writeFileSync(
      join(folder, "agent.js"),
      `const { existsSync, writeFileSync } = require("node:fs");
       console.log("agent " + process.env.WORD + " " + process.env.MALLOC_ARENA_MAX);
       if (!existsSync(${JSON.stringify(join(folder, "crashed"))})) { writeFileSync(${JSON.stringify(join(folder, "crashed"))}, ""); process.exit(3); }
       process.on("SIGTERM", () => { console.log("stopped"); process.exit(0); });
       setInterval(() => {}, 1000);`,
    );
    const events: { event: string; fields: unknown }[] = [];
    const fast: Clock = { ...systemClock, sleep: (seconds, signal) => systemClock.sleep(seconds / 10, signal) };
    const access = {
      clock: fast,
      log: (event: string, fields: unknown) => void events.push({ event, fields }),
      file: new RotatingFile(log),
    };
    const stop = new AbortController();
    const done = new AgentProcess(access, folder, { WORD: "here" }).run(stop.signal);
    const hasTwoStarts = (): boolean => readFileSync(log, { encoding: "utf8", flag: "a+" }).split("agent here 1").length === 3;
    for (let attempt = 0; attempt < 300 && !hasTwoStarts(); attempt += 1) await delay(50);
    stop.abort();
    await done;
    expect(readFileSync(log, "utf8")).toBe("agent here 1\nagent here 1\nstopped\n");
    expect(events.map(({ event }) => event)).toEqual(["agent-started", "agent-restart", "agent-started"]);
    expect(events[1]?.fields).toEqual({ reason: "ended with code 3", output: "agent here 1", waitSeconds: 1 });
  });
});
