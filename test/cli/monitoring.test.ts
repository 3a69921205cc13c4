import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runCommand } from "../../cli/runCommand";

describe("rayfleet monitoring", () => {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-monitoring-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("writes the rules of one cluster and the dashboards", async () => {
    const output = join(folder, "one");
    const args = ["monitoring", "--output", output, "--cluster", "demo", "--runbook-url", "https://example.com/r"];
    const { exitCode, output: paths } = await runCommand(args);
    expect(exitCode).toBe(0);
    const names = ["rayfleet-autoscaling.json", "rayfleet-cluster.json", "rayfleet-gpus.json", "rules.yaml"];
    expect(readdirSync(output).sort()).toEqual(names);
    expect(paths.split("\n").sort()).toEqual(names.map((name) => join(output, name)));
    const { groups } = parse(readFileSync(join(output, "rules.yaml"), "utf8")) as { groups: { name: string; rules: { expr: string }[] }[] };
    expect(groups.map(({ name }) => name)).toEqual(["rayfleet-agent", "ray-autoscaler", "ray"]);
    expect(groups.flatMap(({ rules }) => rules).filter(({ expr }) => !expr.includes('ray_io_cluster="demo"'))).toEqual([]);
    const text = readFileSync(join(output, "rules.yaml"), "utf8");
    expect(text).toContain("runbook_url: https://example.com/r#rayheadmemoryhigh");
    expect(JSON.parse(readFileSync(join(output, "rayfleet-gpus.json"), "utf8"))).toMatchObject({ uid: "rayfleet-gpus" });
  });

  it("writes rules about every cluster without a name", async () => {
    await runCommand(["monitoring", "--output", join(folder, "all")]);
    expect(readFileSync(join(folder, "all/rules.yaml"), "utf8")).not.toContain('ray_io_cluster="');
  });

  it.each([
    [[], "--output: is missing"],
    [["--output", folder, "--cluster", 'a"b'], "--cluster: is no name of a cluster"],
    [["--output", "/dev/null/x"], "--output: cannot be written"],
  ])("refuses %j", async (args, message) => {
    const { exitCode, output } = await runCommand(["monitoring", ...args]);
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });
});
