import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../cli/runCommand";
import { readPause } from "../../contract/pause";

describe("rayfleet pause", () => {
  beforeEach(() => {
    vi.stubEnv("AWS_REGION", undefined);
    vi.stubEnv("AWS_DEFAULT_REGION", undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    [["pause", "--reason", "r", "--region", "us-east-1"], "--cluster"],
    [["pause", "--cluster", "demo", "--region", "us-east-1"], "--reason"],
    [["pause", "--cluster", "demo", "--reason", "r"], "--region"],
    [["pause", "--cluster", "Demo/../x", "--reason", "r", "--region", "us-east-1"], "--cluster"],
    [["pause", "--cluster", "demo", "--reason", "r", "--region", "us-east-1", "--minutes", "0"], "--minutes"],
    [["pause", "--cluster", "demo", "--reason", "r", "--region", "us-east-1", "--minutes", "soon"], "--minutes"],
    [["resume", "--region", "us-east-1"], "--cluster"],
    [["resume", "--cluster", "demo", "--namespace", "Ray;rm"], "--namespace"],
    [["resume", "--cluster", "demo", "--namespace", "ray", "--region", "us-east-1"], "--namespace"],
    [["resume", "--cluster", "demo", "--what"], "arguments"],
  ])("ends with an error for %j, before AWS is asked", async (args, path) => {
    const { exitCode, output } = await runCommand(args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });

  it("prints the line for kubectl on Kubernetes, with any reason in one word of the shell", async () => {
    const { exitCode, output } = await runCommand(["pause", "--cluster", "demo", "--namespace", "ray", "--reason", "it's $HOME"]);
    expect(exitCode).toBe(0);
    const line = output.split("\n")[1] ?? "";
    const words = execFileSync("sh", ["-c", `kubectl() { printf '%s\\n' "$@"; }; ${line}`], { encoding: "utf8" })
      .trim()
      .split("\n");
    expect(words.slice(0, -1)).toEqual(["--namespace", "ray", "annotate", "--overwrite", "rayclusters.ray.io", "demo"]);
    const [annotation = "", ...text] = (words.at(-1) ?? "").split("=");
    expect(annotation).toBe("rayfleet.dev/pause");
    expect(readPause(text.join("="), 0)).toMatchObject({ reason: "it's $HOME" });
    const resumed = await runCommand(["resume", "--cluster", "demo", "--namespace", "ray"]);
    expect(resumed.output).toContain("kubectl --namespace ray annotate --overwrite rayclusters.ray.io demo rayfleet.dev/pause-");
  });
});
