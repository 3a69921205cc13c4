import { describe, expect, it } from "vitest";
import { type MachineConfig, managedRayStartParams } from "../../contract/machineConfig";
import { type RayStartInput, rayStartCommand } from "../../node-service/rayStartCommand";
import { headConfig, machineConfig, machineIdentity } from "../support/machineConfigBuilder";

const GIB = 1024 ** 3;

function input(overrides: Partial<RayStartInput> = {}): RayStartInput {
  return {
    config: machineConfig(),
    identity: machineIdentity(),
    hardware: { osMemoryBytes: 16 * GIB },
    rayBinDirectory: "/opt/ray/bin",
    objectStoreBytes: 4 * GIB,
    spillDirectory: "/var/lib/rayfleet/spill/objects",
    tokenFile: "/run/rayfleet/token",
    ...overrides,
  };
}

function rayStart(overrides: Partial<MachineConfig["rayStart"]>): MachineConfig {
  return machineConfig({ rayStart: { resources: {}, labels: {}, params: {}, ...overrides } });
}

const gcsStorage = {
  redisAddress: "rediss://master.demo-gcs.cache.amazonaws.com:6379",
  externalStorageNamespace: "demo-artifacts-0123abc",
  redisUsername: "ray",
  redisPassword: "hunter2",
  certificatesFile: "/run/rayfleet/redis-ca.pem",
};

function golden(value: RayStartInput): string {
  const { argv, environment, secretParams } = rayStartCommand(value);
  const lines = Object.entries(environment).map(([name, text]) => `${name}=${text}`);
  return `${[...lines, ...argv, ...Object.keys(secretParams).map((name) => `--${name}=(secret)`)].join("\n")}\n`;
}

describe("rayStartCommand", () => {
  it.each<[string, RayStartInput]>([
    ["head", input({ config: headConfig(), identity: machineIdentity({ privateAddress: "10.80.0.10", marketType: "on-demand" }) })],
    [
      "head.gcsStorage",
      input({ config: headConfig(), identity: machineIdentity({ privateAddress: "10.80.0.10", marketType: "on-demand" }), gcsStorage }),
    ],
    ["worker", input()],
    [
      "worker.gpu",
      input({
        config: rayStart({ resources: { licence: 2 }, labels: { tier: "gold" } }),
        hardware: { osMemoryBytes: 64 * GIB, stated: { cpus: 8, memoryBytes: 32 * GIB, gpus: 1, gpuType: "L4" } },
      }),
    ],
    [
      "worker.params",
      input({
        config: rayStart({ numCpus: 3, numGpus: 0, params: { memory: "1000000000", "include-log-monitor": "false", verbose: "true" } }),
      }),
    ],
  ])("starts a %s", async (name, value) => {
    await expect(golden(value)).toMatchFileSnapshot(`../golden/rayStart/${name}.txt`);
  });

  it("has the password of the store nowhere but in the secret parameters", () => {
    const { secretParams, ...rest } = rayStartCommand(input({ config: headConfig(), gcsStorage }));
    expect(secretParams).toEqual({ "redis-password": "hunter2" });
    expect(JSON.stringify(rest)).not.toContain("hunter2");
  });

  it("lets a user whose store has an authority of its own name it", () => {
    const config = headConfig({ environment: { RAY_REDIS_CA_CERT: "/etc/pki/own.pem" } });
    expect(rayStartCommand(input({ config, gcsStorage })).environment).toMatchObject({ RAY_REDIS_CA_CERT: "/etc/pki/own.pem" });
  });

  it("lets nobody lead the head to another store", () => {
    const config = headConfig({ environment: { RAY_REDIS_ADDRESS: "redis://other:6379", RAY_external_storage_namespace: "other" } });
    expect(rayStartCommand(input({ config, gcsStorage })).environment).toMatchObject({
      RAY_REDIS_ADDRESS: gcsStorage.redisAddress,
      RAY_external_storage_namespace: "demo-artifacts-0123abc",
    });
  });

  it("gives the head no CPU, whatever the machine has or the configuration says", () => {
    const config = headConfig({ rayStart: { numCpus: 16, resources: {}, labels: {}, params: {} } });
    const hardware = { osMemoryBytes: 64 * GIB, stated: { cpus: 16, memoryBytes: 64 * GIB, gpus: 0 } };
    expect(rayStartCommand(input({ config, hardware })).argv).toContain("--num-cpus=0");
  });

  it("leaves CPUs, GPUs and memory to Ray where nobody states them", () => {
    const { argv } = rayStartCommand(input());
    expect(argv.filter((word) => /^--(num-cpus|num-gpus|memory)=/.test(word))).toEqual([]);
  });

  it("pins every port of the node within its argument list", () => {
    const { argv } = rayStartCommand(input({ config: headConfig() }));
    const { dashboardMetrics, agentMetrics, ...ports } = headConfig().ports;
    const given = argv.flatMap((word) => /port=(\d+)$/.exec(word)?.[1] ?? []).map(Number);
    expect(given.sort((a, b) => a - b)).toEqual(Object.values(ports).sort((a, b) => a - b));
    expect([dashboardMetrics, agentMetrics].some((port) => given.includes(port))).toBe(false);
  });

  it("keeps Ray's files out of /tmp, which is memory on Amazon Linux 2023, and their sockets' paths short enough for the kernel", () => {
    const folder = rayStartCommand(input()).argv.flatMap((word) => /^--temp-dir=(.+)$/.exec(word)?.[1] ?? [])[0] ?? "";
    expect(folder).not.toMatch(/^\/(tmp|run|dev)\b/);
    expect(`${folder}/session_2026-01-01_00-00-00_000000_4194304/sockets/plasma_store.1`.length).toBeLessThan(107);
  });

  it("names no market type that the metadata service did not say", () => {
    const { marketType: _, ...identity } = machineIdentity();
    expect(rayStartCommand(input({ identity })).environment).not.toHaveProperty("RAY_NODE_MARKET_TYPE");
  });

  it("keeps who we are and the token when the user's environment says otherwise", () => {
    const config = machineConfig({ environment: { RAY_AUTH_MODE: "disabled", RAY_CLOUD_INSTANCE_ID: "x", MINE: "1" } });
    const { environment } = rayStartCommand(input({ config }));
    expect(environment).toMatchObject({ RAY_AUTH_MODE: "token", RAY_CLOUD_INSTANCE_ID: "i-0123456789abcdef0", MINE: "1" });
  });

  it.each(managedRayStartParams)("refuses the parameter %s", (name) => {
    expect(() => rayStartCommand(input({ config: rayStart({ params: { [name]: "1" } }) }))).toThrow(
      `rayStartParams: rayfleet sets these itself; got ${name}=1; expected none of `,
    );
  });

  it("refuses CPUs on the head by parameter", () => {
    const config = headConfig({ rayStart: { resources: {}, labels: {}, params: { "num-cpus": "4" } } });
    expect(() => rayStartCommand(input({ config }))).toThrow("got num-cpus=4");
  });
});
