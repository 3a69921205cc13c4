import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { BOOT_SHIM_LIMIT_BYTES, type BootShimInput, renderBootShim } from "../../../components/plan/bootShim";

function shimInput(overrides: Partial<BootShimInput> = {}): BootShimInput {
  return {
    clusterName: "demo",
    groupName: "cpu",
    role: "worker",
    region: "us-east-1",
    bucket: "rayfleet-demo-artifacts",
    machineConfigKey: "machine/cpu.json",
    runtime: { key: "runtime/node-v24.21.0-linux-x64-0123456789ab.gz", sha256: "a1".repeat(32), version: "v24.21.0" },
    bundle: { key: "bundle/rayfleet-0123456789ab.tar.gz", sha256: "b2".repeat(32) },
    ...overrides,
  };
}

const head: Partial<BootShimInput> = { role: "head", groupName: "headgroup", machineConfigKey: "machine/headgroup.json" };

describe("renderBootShim", () => {
  it.each([
    ["worker", {}],
    ["head", head],
  ])("writes the user data of a %s", async (name, overrides) => {
    await expect(renderBootShim(shimInput(overrides))).toMatchFileSnapshot(`../../golden/bootShim/${name}.sh`);
  });

  it("names the unit's user, so that systemd gives set-up commands and jobs a HOME", () => {
    expect(renderBootShim(shimInput())).toMatch(/^User=root$/m);
  });

  it("stays under 4 KiB with the longest names that AWS allows", () => {
    const text = renderBootShim(
      shimInput({
        clusterName: "c".repeat(32),
        groupName: "g".repeat(32),
        bucket: "b".repeat(63),
        region: "ap-southeast-1",
        machineConfigKey: `machine/${"g".repeat(32)}.json`,
      }),
    );
    expect(Buffer.byteLength(text)).toBeLessThan(BOOT_SHIM_LIMIT_BYTES);
  });

  for (const shell of ["sh", "dash", "bash"]) {
    const isMissing = spawnSync(shell, ["-c", "true"]).status !== 0;
    it.skipIf(isMissing)(`is a script that ${shell} can parse${isMissing ? ` (there is no ${shell} here)` : ""}`, () => {
      expect(spawnSync(shell, ["-n"], { input: renderBootShim(shimInput()) }).status).toBe(0);
    });
  }

  it.each([
    ["bucket", { bucket: "a'; reboot; '" }],
    ["groupName", { groupName: "$(reboot)" }],
    ["machineConfigKey", { machineConfigKey: "machine/a b.json" }],
    ["clusterName", { clusterName: "" }],
    ["runtime.sha256", { runtime: { key: "k", version: "v24.21.0", sha256: "xyz" } }],
    ["bundle.sha256", { bundle: { key: "k", sha256: "A".repeat(64) } }],
  ])("refuses a %s that a shell could interpret", (path, overrides) => {
    expect(() => renderBootShim(shimInput(overrides))).toThrow(`boot shim ${path}: cannot stand in a shell script as it is; got `);
  });
});
