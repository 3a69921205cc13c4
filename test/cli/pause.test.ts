import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "../../cli/runCommand";

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
    [["resume", "--cluster", "demo", "--what"], "arguments"],
  ])("ends with an error for %j, before AWS is asked", async (args, path) => {
    const { exitCode, output } = await runCommand(args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(output)).toMatchObject({ error: { path, message: expect.stringContaining("; got ") } });
  });
});
