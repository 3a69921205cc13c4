import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadStackConfiguration } from "../../../emulator/engine/stackConfiguration";

/** Written by the Pulumi command, release 3.260, with the passphrase `open-sesame`. */
const encrypted = `
encryptionsalt: v1:Uq9E4DZ2yaE=:v1:IaKicRrCjDhbns0u:BUe/EDnLQqJabgBrnPSn0xnQGSFcFQ==
config:
  enc:token:
    secure: v1:Q5SvXBdZ4v8xLzB8:asOURGWX1gML2yNTMkaFvxsUajLJ5ITfXe2zdw==
  enc:database:
    password:
      secure: v1:PNXXMSMyXPe6INNs:JLlQIzWpUzqzmnOnU60Dlhmq3c06PXBw
    user: me
`;

describe("loadStackConfiguration", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "rayfleet-configuration-"));
    mkdirSync(join(directory, "stacks"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  };
  const load = (stack = "dev", passphrase?: string) =>
    loadStackConfiguration({ directory, stack, ...(passphrase === undefined ? {} : { passphrase }) });

  it("hands values over as the command does: text as it is, all else as JSON, keys with their namespace", async () => {
    write({
      "Pulumi.yaml": "name: demo\nruntime: nodejs\nmain: index.ts\nstackConfigDir: stacks\n",
      "stacks/Pulumi.dev.yaml": "config:\n  aws:region: us-east-1\n  max: 4\n  demo:zones: [a, b]\n  on: true\n  cluster: { name: x }\n",
    });
    expect(await load()).toEqual({
      project: "demo",
      main: "index.ts",
      isTypeScript: true,
      nodeArguments: [],
      values: { "aws:region": "us-east-1", "demo:max": "4", "demo:zones": '["a","b"]', "demo:on": "true", "demo:cluster": '{"name":"x"}' },
      secretKeys: [],
    });
  });

  it("adds the project's values where the stack says nothing", async () => {
    const config =
      "config:\n  size: { type: integer, default: 3 }\n  kind: { value: small }\n  aws:region: eu-west-1\n  needed: { type: string }\n";
    write({ "Pulumi.yaml": `name: demo\nruntime: nodejs\n${config}`, "Pulumi.dev.yaml": "config:\n  demo:kind: large\n" });
    expect((await load()).values).toEqual({ "demo:size": "3", "demo:kind": "large", "aws:region": "eu-west-1" });
  });

  it("knows how the program wants to be run", async () => {
    const runtime = 'runtime: { name: nodejs, options: { typescript: false, nodeargs: "--import tsx" } }\n';
    write({ "Pulumi.yaml": `name: demo\n${runtime}`, "Pulumi.dev.yaml": "" });
    expect(await load()).toMatchObject({ main: ".", isTypeScript: false, nodeArguments: ["--import", "tsx"], values: {} });
  });

  it("decrypts values at any depth with the passphrase, and marks them", async () => {
    write({ "Pulumi.yaml": "name: enc\nruntime: nodejs\n", "Pulumi.vec.yaml": encrypted });
    expect(await load("vec", "open-sesame")).toMatchObject({
      values: { "enc:token": "s3cr3t-token", "enc:database": '{"password":"hunter22","user":"me"}' },
      secretKeys: ["enc:token", "enc:database"],
    });
  });

  it("says why encrypted values cannot be read", async () => {
    write({ "Pulumi.yaml": "name: enc\nruntime: nodejs\n", "Pulumi.vec.yaml": encrypted });
    await expect(load("vec")).rejects.toThrow(/holds an encrypted value, which needs the stack's passphrase/);
    await expect(load("vec", "open-window")).rejects.toThrow(/the passphrase does not fit/);
  });

  it("says which file is missing or wrong", async () => {
    await expect(load()).rejects.toThrow(/Pulumi.yaml: is missing/);
    write({ "Pulumi.yaml": "runtime: nodejs\n" });
    await expect(load()).rejects.toThrow(/Pulumi.yaml: name: /);
    write({ "Pulumi.yaml": "name: demo\nruntime: nodejs\n" });
    await expect(load()).rejects.toThrow(/Pulumi.dev.yaml: is missing/);
  });
});
