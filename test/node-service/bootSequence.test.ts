import { describe, expect, it } from "vitest";
import { bootStages } from "../../contract/bootReport";
import type { MachineConfig } from "../../contract/machineConfig";
import type { AwsCalls } from "../../node-service/awsCalls";
import { BootReporter } from "../../node-service/bootReporter";
import { BootError, type BootInput, boot } from "../../node-service/bootSequence";
import { FakeMachine } from "../support/fakeMachine";
import { headConfig, machineConfig, machineIdentity } from "../support/machineConfigBuilder";

const OPEN_FILES = "Max open files            1048576              1048576              files\n";

function preparedMachine(): FakeMachine {
  const machine = new FakeMachine((command) => (command[2]?.includes("importlib") ? { output: "2.60.0\n" } : undefined));
  machine.store.set("/proc/meminfo", { text: "MemTotal:       16000000 kB\n", mode: 0o444 });
  machine.store.set("/proc/self/limits", { text: OPEN_FILES, mode: 0o444 });
  machine.sizes.set("/dev/shm", 1e12);
  machine.folders.set("/opt/ray/bin/ray", 0o755);
  return machine;
}

function bootInput(
  machine: FakeMachine,
  config: MachineConfig,
  overrides: Partial<AwsCalls> = {},
): { input: BootInput; stages: string[]; reports: string[] } {
  const stages: string[] = [];
  const reports: string[] = [];
  const secret = new Map<string, string>();
  const aws: AwsCalls = {
    bucket: { read: async () => JSON.stringify(config), write: async (key) => void reports.push(key) },
    roleId: async () => "AROATEST",
    tokenSecret: (id) => ({
      read: async () => secret.get(id),
      offer: async (value) => void secret.set(id, value),
    }),
    endThroughGroup: async () => undefined,
    ...overrides,
  };
  const log = (event: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (event === "boot-stage") stages.push(String(fields["stage"]));
  };
  const reporter = new BootReporter(log, () => machine.clock.nowMs, aws.bucket.write);
  const environment = {
    region: "us-east-1",
    bucket: "artifacts",
    machineConfigKey: "machine/cpu.json",
    bundleDirectory: "/opt/rayfleet/bundle",
  };
  const input = {
    machine,
    aws,
    reporter,
    environment,
    metadata: { identity: async () => machineIdentity() },
    processId: 1,
    randomToken: () => "f".repeat(64),
    certificates: () => ["-----BEGIN CERTIFICATE-----"],
  };
  return { input, stages, reports };
}

describe("boot", () => {
  it("goes through the stages in the contract's order and hands over what Ray needs", async () => {
    const machine = preparedMachine();
    const { input, stages, reports } = bootInput(machine, headConfig());
    const node = await boot(input);
    await input.reporter.flush();
    expect(stages).toEqual(bootStages.slice(0, bootStages.indexOf("ray-start")));
    expect(node).toMatchObject({
      rayBinDirectory: "/opt/ray/bin",
      objectStoreBytes: 4_915_200_000,
      spillDirectory: "/var/lib/rayfleet/spill/objects",
      identity: machineIdentity(),
    });
    expect(machine.store.get("/run/rayfleet/token")).toEqual({ text: "f".repeat(64), mode: 0o600 });
    expect(new Set(reports)).toEqual(new Set(["boot/AROATEST:i-0123456789abcdef0.json"]));
  });

  it("changes nothing the second time", async () => {
    const machine = preparedMachine();
    await boot(bootInput(machine, headConfig({ setupCommands: ["a"] })).input);
    const before = machine.lines().length;
    await boot(bootInput(machine, headConfig({ setupCommands: ["a"] })).input);
    expect(
      machine
        .lines()
        .slice(before)
        .filter((line) => !line.includes("importlib")),
    ).toEqual([]);
  });

  it("uses the hardware that the image states", async () => {
    const machine = preparedMachine();
    machine.store.set("/etc/rayfleet/hardware.json", { text: JSON.stringify({ cpus: 4, memoryBytes: 8e9, gpus: 0 }), mode: 0o644 });
    expect(await boot(bootInput(machine, headConfig()).input)).toMatchObject({
      objectStoreBytes: 2.4e9,
      hardware: { stated: { cpus: 4 } },
    });
  });

  it.each<[string, Partial<MachineConfig>, string]>([
    ["setup-commands", { setupCommands: ["false"] }, "setupCommands[0]: ended with code 1"],
    [
      "ray-install",
      { ray: { version: "2.61.0", python: "3.11", install: { kind: "image", rayBinDirectory: "/opt/ray/bin" } } },
      "ray.version",
    ],
    ["token", { orphanTimeoutSeconds: 60 }, "token: the head has made none"],
  ])("says the stage and the reason when %s fails", async (stage, overrides, reason) => {
    const machine = preparedMachine();
    const answer = machine.shell.run;
    const shell = {
      run: async (...[command, options]: Parameters<typeof answer>) => ({
        ...(await answer(command, options)),
        ...(command[3] === "false" ? { code: 1 } : {}),
      }),
    };
    const { input } = bootInput(machine, machineConfig(overrides));
    const failure = await boot({ ...input, machine: Object.assign(Object.create(machine) as FakeMachine, { shell }) }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(BootError);
    expect(failure).toMatchObject({ stage, message: expect.stringContaining(reason), configuration: { identity: machineIdentity() } });
  });

  it("says every wrong path of a configuration that it does not understand", async () => {
    const machine = preparedMachine();
    const { input } = bootInput(machine, { ...machineConfig(), role: "boss", headAddress: 7 } as unknown as MachineConfig);
    const failure = await boot(input).catch((error: unknown) => error);
    expect(failure).toMatchObject({ stage: "configuration", configuration: undefined });
    expect(String(failure)).toMatch(/role: .*; headAddress: /);
  });

  it("works without a name for its report, and says so", async () => {
    const machine = preparedMachine();
    const { input, reports } = bootInput(machine, headConfig(), { roleId: () => Promise.reject(new Error("no route to sts")) });
    await boot(input);
    expect(reports).toEqual([]);
    expect(machine.eventNames()).toContain("boot-report-without-place");
  });
});
