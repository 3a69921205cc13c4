import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COMMAND_FILE, provideCommand } from "../../../node-service/steps/headCommand";
import { FakeMachine } from "../../support/fakeMachine";

const folder = mkdtempSync(join(tmpdir(), "rayfleet command-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("provideCommand", () => {
  it("makes a program that anyone may run, with its arguments as they are", async () => {
    const machine = new FakeMachine();
    const script = join(folder, "rayfleet.js");
    writeFileSync(script, "console.log(JSON.stringify(process.argv.slice(2)))");
    await provideCommand(machine, { node: process.execPath, script });
    const { text = "", mode } = machine.store.get(COMMAND_FILE) ?? {};
    expect(mode).toBe(0o755);
    const path = join(folder, "rayfleet");
    writeFileSync(path, text, { mode: 0o755 });
    expect(JSON.parse(execFileSync(path, ["explain", "--at", "10m ago", "$HOME"], { encoding: "utf8" }))).toEqual([
      "explain",
      "--at",
      "10m ago",
      "$HOME",
    ]);
  });

  it("says so when it cannot be written, and throws nothing", async () => {
    const machine = new FakeMachine();
    const files = {
      ...machine.files,
      write: async () => {
        throw new Error("EROFS: read-only file system");
      },
    };
    await provideCommand({ files, log: machine.log }, { node: "node", script: "rayfleet.js" });
    expect(machine.events).toMatchObject([{ event: "command-not-provided", fields: { error: expect.stringContaining("EROFS") } }]);
  });
});
