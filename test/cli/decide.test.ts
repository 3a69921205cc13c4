import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runCommand } from "../../cli/runCommand";
import { decisionReplySchema } from "../../contract/decision";
import { aDemand, aRequest } from "../support/decisionBuilders";

const root = resolve(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "rayfleet-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(text: string): string {
  const path = join(folder, "request.json");
  writeFileSync(path, text);
  return path;
}

describe("rayfleet decide", () => {
  it("prints the reply to a request in a file", async () => {
    const { exitCode, output } = await runCommand(["decide", "--request", fileWith(JSON.stringify(aRequest({ demands: [aDemand(8)] })))]);
    expect(exitCode).toBe(0);
    expect(decisionReplySchema.parse(JSON.parse(output)).launch).toMatchObject([{ groupName: "cpu", count: 2 }]);
  });

  it.each([
    ["text that is no JSON", "{", ""],
    ["a number that JSON does not have", '{"limits":{"maxHourlyUsd":NaN}}', ""],
    ["a number without end", JSON.stringify(aRequest()).replace('"maxReplicas":10', '"maxReplicas":1e999'), "groups[0].maxReplicas"],
    ["a name that JavaScript would lose", '{"demands":[{"shape":{"__proto__":1},"count":1}]}', ""],
    ["a request with a mistake", JSON.stringify(aRequest({ demands: [aDemand(-1)] })), "demands[0].count"],
  ])("ends with an error and its path for %s", async (_, text, path) => {
    const { exitCode, output } = await runCommand(["decide", "--request", fileWith(text)]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });

  it.each([[["decide"]], [["decide", "--request", "/does/not/exist"]], [["decide", "--file", "x"]], [["decied"]]])(
    "ends with an error for the arguments %j",
    async (args) => {
      const { exitCode, output } = await runCommand(args);
      expect(exitCode).not.toBe(0);
      expect(JSON.parse(output)).toMatchObject({ error: { message: expect.stringContaining("; got ") } });
    },
  );

  it("lists its verbs", async () => {
    expect((await runCommand([])).output).toContain("decide --request FILE|-");
    expect((await runCommand(["help"])).exitCode).toBe(0);
  });

  it("reads standard input as a process, and ends with its exit code", async () => {
    const bundle = join(folder, "rayfleet.cjs");
    execFileSync(
      join(root, "node_modules/.bin/esbuild"),
      ["cli/main.ts", "--bundle", "--platform=node", "--log-level=error", `--outfile=${bundle}`],
      { cwd: root },
    );
    const run = (input: string) => spawnSync(process.execPath, [bundle, "decide", "--request", "-"], { input, encoding: "utf8" });
    const served = run(JSON.stringify(aRequest({ demands: [aDemand(1)] })));
    expect(JSON.parse(served.stdout)).toMatchObject({ costPerHourUsd: 1 });
    expect(served.status).toBe(0);
    expect(run("[]").status).toBe(1);
  });
});
