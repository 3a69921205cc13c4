import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { renderBootShim } from "../../../components/plan/bootShim";
import { tarArchive } from "../../../scripts/tarArchive";
import { instanceDocuments, type MetadataServer, startMetadataServer } from "../../support/metadataServer";
import { type MotoServer, motoMissing, startMoto } from "../../support/motoServer";

/** In a namespace of its own the script may write where it writes on a real machine, and nothing of it is left. */
const UNSHARE = process.getuid?.() === 0 ? ["-m"] : ["-Urm"];
const namespaceMissing = spawnSync("unshare", [...UNSHARE, "true"]).status === 0 ? undefined : "mount namespaces are not permitted";
const missing = motoMissing ?? namespaceMissing;

function sha256(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

const SERVICE = `console.log("service of " + process.env.RAYFLEET_MACHINE_CONFIG_KEY + " in " + process.env.RAYFLEET_BUNDLE_DIRECTORY);\n`;
const runtime = gzipSync(Buffer.from(`#!/bin/sh\nexec ${process.execPath} "$@"\n`));
const bundle = gzipSync(tarArchive([{ name: "nodeService.js", content: Buffer.from(SERVICE) }]));

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

function run(program: string, args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Outcome> {
  return new Promise((done) => {
    let output = "";
    const child: ChildProcess = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("exit", (code) => done({ code, output }));
  });
}

describe.skipIf(missing !== undefined)(`the boot shim, run${missing === undefined ? "" : ` (${missing})`}`, { timeout: 60_000 }, () => {
  let moto: MotoServer;
  let metadata: MetadataServer;
  let folder: string;

  beforeAll(async () => {
    moto = await startMoto();
    metadata = await startMetadataServer(instanceDocuments());
    const credentials = { accessKeyId: "AKIDTEST", secretAccessKey: "not-a-secret" };
    const s3 = new S3Client({ region: "us-east-1", endpoint: moto.url, forcePathStyle: true, credentials });
    await s3.send(new CreateBucketCommand({ Bucket: "artifacts" }));
    await s3.send(new PutObjectCommand({ Bucket: "artifacts", Key: "runtime/node.gz", Body: runtime }));
    await s3.send(new PutObjectCommand({ Bucket: "artifacts", Key: "bundle/b.tar.gz", Body: bundle }));
  }, 60_000);
  afterAll(async () => {
    await metadata?.stop();
    await moto?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rayfleet-shim-"));
    for (const name of ["opt", "run", "etc", "bin"]) mkdirSync(join(folder, name));
    mkdirSync(join(folder, "etc/systemd/system"), { recursive: true });
    command("sleep", "exit 0");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A program that the script finds before the machine's own. */
  function command(name: string, script: string): void {
    writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, "bin", name), 0o755);
  }

  function boot(input: { shell?: string; bundleSha256?: string } = {}): Promise<Outcome> {
    const script = renderBootShim({
      clusterName: "demo",
      groupName: "cpu",
      role: "worker",
      region: "us-east-1",
      bucket: "artifacts",
      machineConfigKey: "machine/cpu.json",
      runtime: { key: "runtime/node.gz", sha256: sha256(runtime), version: "v24.21.0" },
      bundle: { key: "bundle/b.tar.gz", sha256: input.bundleSha256 ?? sha256(bundle) },
    });
    writeFileSync(join(folder, "shim"), script);
    const mounts = ["opt", "run", "etc"].map((name) => `mount --bind ${join(folder, name)} /${name}`).join(" && ");
    const environment = {
      PATH: `${join(folder, "bin")}:/usr/sbin:/usr/bin:/sbin:/bin`,
      AWS_ENDPOINT_URL: moto.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
    };
    const shell = input.shell ?? "sh";
    return run("unshare", [...UNSHARE, "sh", "-c", `exec 9<"${join(folder, "shim")}"; ${mounts} && exec ${shell} /dev/fd/9`], environment);
  }

  it.each(["sh", "bash"])("fetches, checks and starts the node service in the foreground, by curl, under %s", async (shell) => {
    command("aws", "exit 1");
    const { code, output } = await boot({ shell });
    expect(output).toContain("rayfleet-boot: cluster demo, worker, group cpu\n");
    expect(output).toContain("service of machine/cpu.json in /opt/rayfleet/bundle\n");
    expect(code).toBe(0);
    expect(output).not.toContain("not-a-secret");
  });

  it("uses the AWS command where there is one", async () => {
    writeFileSync(join(folder, "runtime"), runtime);
    writeFileSync(join(folder, "bundle"), bundle);
    command("curl", "exit 1");
    command("aws", `echo "aws $*"; case $4 in */runtime/*) cp ${folder}/runtime "$5" ;; *) cp ${folder}/bundle "$5" ;; esac`);
    const { code, output } = await boot();
    expect(output).toContain("aws s3 cp --only-show-errors s3://artifacts/runtime/node.gz runtime/node.gz\n");
    expect(code).toBe(0);
  });

  it("downloads nothing the second time", async () => {
    await boot();
    command("aws", "exit 1");
    command("curl", "exit 1");
    const { code, output } = await boot();
    expect(output).toContain("runtime v24.21.0 is here\nrayfleet-boot: bundle is here\n");
    expect(code).toBe(0);
  });

  it("takes the runtime of an image only when it is the very same", async () => {
    mkdirSync(join(folder, "opt/rayfleet/runtime"), { recursive: true });
    writeFileSync(join(folder, "opt/rayfleet/runtime/node"), "#!/bin/sh\necho old\n", { mode: 0o755 });
    writeFileSync(join(folder, "opt/rayfleet/runtime/node.sha256"), `${"0".repeat(64)}\n`);
    const { output } = await boot();
    expect(output).toContain("fetching runtime/node.gz");
    expect(output).not.toContain("old");
  });

  it("refuses a bundle with another hash, after seven tries, with the reason", async () => {
    const { code, output } = await boot({ bundleSha256: "c".repeat(64) });
    expect(output).toContain(`wrong sha256; got ${sha256(bundle)}; expected ${"c".repeat(64)}`);
    expect(output.match(/fetching bundle/g)).toHaveLength(7);
    expect(output).toContain("bundle/b.tar.gz: could not be fetched from artifacts\nrayfleet-boot: failed with code 1");
    expect(code).toBe(1);
    expect(existsSync(join(folder, "opt/rayfleet/bundle"))).toBe(false);
  });

  it("writes a systemd unit where systemd runs, restarts it only when something changed", async () => {
    mkdirSync(join(folder, "run/systemd/system"), { recursive: true });
    command("systemctl", `echo "$*" >>${join(folder, "opt")}/systemctl`);
    const calls = (): string => readFileSync(join(folder, "opt/systemctl"), "utf8");
    const { code, output } = await boot();
    expect(output).toContain("systemctl restart rayfleet-node.service: done");
    expect(code).toBe(0);
    expect(calls()).toBe("daemon-reload\nenable rayfleet-node.service\nrestart rayfleet-node.service\n");
    const unit = readFileSync(join(folder, "etc/systemd/system/rayfleet-node.service"), "utf8");
    for (const line of ["Type=exec", "Restart=always", "KillMode=mixed", "TimeoutStopSec=60", "LimitNOFILE=1048576"])
      expect(unit).toContain(`${line}\n`);
    expect(readFileSync(join(folder, "etc/rayfleet/node.env"), "utf8").trim().split("\n")).toEqual([
      "AWS_DEFAULT_REGION=us-east-1",
      `AWS_ENDPOINT_URL=${moto.url}`,
      "RAYFLEET_BUCKET=artifacts",
      "RAYFLEET_BUNDLE_DIRECTORY=/opt/rayfleet/bundle",
      "RAYFLEET_MACHINE_CONFIG_KEY=machine/cpu.json",
      "RAYFLEET_REGION=us-east-1",
    ]);
    await boot();
    expect(calls().trim().split("\n").at(-1)).toBe("start rayfleet-node.service");
  });
});
