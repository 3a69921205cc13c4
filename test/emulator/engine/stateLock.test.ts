import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireStateLock } from "../../../emulator/engine/stateLock";

describe("acquireStateLock", () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "rayfleet-lock-"));
    file = join(directory, "dev.lock");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it("is held by one at a time and given back", () => {
    const release = acquireStateLock(file);
    expect(() => acquireStateLock(file)).toThrow(`the stack is being changed by process ${process.pid}`);
    release();
    expect(existsSync(file)).toBe(false);
    acquireStateLock(file)();
  });

  it("is taken over from a process that is gone", () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(file, JSON.stringify({ pid, startedAt: "1" }));
    acquireStateLock(file)();
  });

  it("is taken over when the number belongs to another process by now", () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: "1" }));
    acquireStateLock(file)();
  });

  it("is taken over when it was never written whole", () => {
    writeFileSync(file, '{"pi');
    acquireStateLock(file)();
  });
});
