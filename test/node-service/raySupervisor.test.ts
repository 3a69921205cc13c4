import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BootReporter } from "../../node-service/bootReporter";
import type { Clock } from "../../node-service/machineAccess";
import { listProcesses, ownedProcesses } from "../../node-service/rayProcesses";
import { OWNER_VARIABLE } from "../../node-service/rayStartCommand";
import { RaySupervisor, type SupervisorInput } from "../../node-service/raySupervisor";
import { RotatingFile } from "../../node-service/rotatingFile";
import { systemClock } from "../../node-service/systemClock";

/** Five times as fast as life: the supervision counts in seconds, and the processes here need tenths of one. */
const FAST = 5;
const fastClock: Clock = {
  epochMs: () => systemClock.epochMs(),
  monotonicMs: () => systemClock.monotonicMs() * FAST,
  sleep: (seconds, signal) => systemClock.sleep(seconds / FAST, signal),
};

/**
 * A stand-in for `ray start --block`: it starts a program named `raylet` and, as Ray does, ends with code 1 when the raylet crashed, stays when
 * it ended well, and stops when told to.
 */
const FAKE_RAY = `#!/bin/sh
echo start >>"$FOLDER/starts"
"$FOLDER/raylet" 600 &
raylet=$!
echo $raylet >"$FOLDER/raylet.pid"
trap 'kill -9 $raylet 2>/dev/null; echo drained >>"$FOLDER/starts"; exit 1' TERM
echo 'Ray runtime started.'
while kill -0 $raylet 2>/dev/null; do sleep 0.1 & wait $!; done
wait $raylet
code=$?
[ -e "$FOLDER/well" ] || { echo "Error: raylet ended with $code"; exit 1; }
while :; do sleep 0.2 & wait $!; done
`;

let folder: string;
let owner: string;
let stages: string[];
/** Ends what a test has left running. */
const running: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rayfleet-supervisor-"));
  owner = `i-test-${process.pid}-${folder.slice(-6)}`;
  stages = [];
  writeFileSync(join(folder, "ray"), FAKE_RAY);
  chmodSync(join(folder, "ray"), 0o755);
  copyFileSync("/bin/sleep", join(folder, "raylet"));
  chmodSync(join(folder, "raylet"), 0o755);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((end) => end()));
  rmSync(folder, { recursive: true, force: true });
});

function supervise(overrides: Partial<SupervisorInput> = {}): { done: Promise<void>; stop: AbortController; events: string[] } {
  const events: string[] = [];
  const log: SupervisorInput["log"] = (event, fields = {}) => {
    events.push(event);
    if (event === "boot-stage") stages.push(String(fields["stage"]));
  };
  const stop = new AbortController();
  const supervisor = new RaySupervisor({
    policy: { role: "worker", orphanTimeoutSeconds: 900 },
    command: { argv: [join(folder, "ray"), "start"], secretParams: {}, environment: { [OWNER_VARIABLE]: owner, FOLDER: folder } },
    owner,
    rayBinDirectory: folder,
    log,
    clock: fastClock,
    file: new RotatingFile(join(folder, "ray-start.log")),
    reporter: new BootReporter(log, systemClock.epochMs, async () => undefined),
    headAnswers: async () => true,
    spotNotice: async () => undefined,
    endMachine: async () => undefined,
    ...overrides,
  });
  const done = supervisor.run(stop.signal);
  running.push(() => {
    stop.abort();
    return done;
  });
  return { done, stop, events };
}

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 150 && !condition(); attempt += 1) await delay(100);
  expect(condition()).toBe(true);
}

function starts(): readonly string[] {
  const path = join(folder, "starts");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

function killRaylet(): void {
  process.kill(Number(readFileSync(join(folder, "raylet.pid"), "utf8")), "SIGKILL");
}

describe("RaySupervisor", { timeout: 60_000 }, () => {
  it("starts Ray, lets it drain when told to stop, and leaves nothing behind", async () => {
    const { done, stop } = supervise();
    await until(() => stages.includes("running"));
    expect(ownedProcesses(listProcesses(), owner).map(({ name }) => name)).toContain("raylet");
    stop.abort();
    await done;
    expect(stages).toEqual(["ray-start", "running", "draining"]);
    expect(starts()).toEqual(["start", "drained"]);
    expect(ownedProcesses(listProcesses(), owner)).toEqual([]);
  });

  it("gives Ray its secrets and keeps them out of log and reason", async () => {
    writeFileSync(join(folder, "ray"), '#!/bin/sh\necho "$@" >"$FOLDER/words"\necho "Error: cannot AUTH with $3"\nexit 1\n');
    const said: string[] = [];
    const log: SupervisorInput["log"] = (event, fields) => said.push(JSON.stringify([event, fields]));
    supervise({
      log,
      command: {
        argv: [join(folder, "ray"), "start", "--head"],
        secretParams: { "redis-password": "hunter2" },
        environment: { [OWNER_VARIABLE]: owner, FOLDER: folder },
      },
    });
    await until(() => said.some((line) => line.includes("ray-restart")));
    expect(readFileSync(join(folder, "words"), "utf8")).toBe("start --head --redis-password=hunter2\n");
    expect(said.join("\n")).toContain("cannot AUTH with --redis-password=[redis-password]");
    expect(said.join("\n")).not.toContain("hunter2");
  });

  it("starts Ray again when the raylet crashed, and says why it ended", async () => {
    supervise();
    await until(() => stages.includes("running"));
    killRaylet();
    await until(() => stages.filter((stage) => stage === "running").length === 2);
    expect(starts()).toEqual(["start", "start"]);
    expect(readFileSync(join(folder, "ray-start.log"), "utf8")).toContain("raylet ended with 137");
  });

  it("sees that a raylet is gone although its parent lives, and does not start it again", async () => {
    writeFileSync(join(folder, "well"), "");
    supervise();
    await until(() => stages.includes("running"));
    killRaylet();
    await until(() => starts().includes("drained"));
    await delay(700);
    expect(stages).toEqual(["ray-start", "running", "draining"]);
    expect(starts()).toEqual(["start", "drained"]);
  });

  it("ends left-overs of an earlier service before it starts Ray", async () => {
    supervise();
    await until(() => stages.includes("running"));
    const left = ownedProcesses(listProcesses(), owner).map(({ pid }) => pid);
    const second = supervise();
    await until(() => second.events.includes("ray-left-overs"));
    await until(() => starts().length >= 2);
    const now = new Set(ownedProcesses(listProcesses(), owner).map(({ pid }) => pid));
    expect(left.filter((pid) => now.has(pid))).toEqual([]);
  });

  it("drains on a spot notice", async () => {
    let notice = false;
    supervise({ spotNotice: async () => (notice ? { action: "terminate", time: "2026-01-01T00:02:00Z" } : undefined) });
    await until(() => stages.includes("running"));
    notice = true;
    await until(() => starts().includes("drained"));
    expect(stages.at(-1)).toBe("draining");
  });

  it("asks its group to end it when the head has been away too long", async () => {
    let asked = 0;
    let head = true;
    supervise({
      policy: { role: "worker", orphanTimeoutSeconds: 5 },
      headAnswers: async () => head,
      endMachine: async () => {
        asked += 1;
      },
    });
    await until(() => stages.includes("running"));
    head = false;
    await until(() => asked === 1);
    expect(stages.at(-1)).toBe("ended");
    expect(ownedProcesses(listProcesses(), owner)).toEqual([]);
  });
});
