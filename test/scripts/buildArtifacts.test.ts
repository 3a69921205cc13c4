import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { artifactManifestSchema } from "../../contract/artifactManifest";
import { buildArtifacts } from "../../scripts/buildArtifacts";

let root: string;
let output: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "rayfleet-build-"));
  output = join(root, "dist/artifacts");
  for (const folder of ["node-service", "autoscaler-agent", "cli", "node_modules/node/bin"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "node-service/main.ts"), 'import { word } from "./word"; console.log(word);');
  writeFileSync(join(root, "node-service/word.ts"), 'export const word: string = "service";');
  writeFileSync(join(root, "autoscaler-agent/main.ts"), 'console.log("agent");');
  writeFileSync(join(root, "cli/main.ts"), 'console.log("command");');
  writeFileSync(join(root, "node_modules/node/bin/node"), "the node binary");
  writeFileSync(join(root, "node_modules/node/package.json"), JSON.stringify({ version: "24.21.0" }));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function sha256(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

describe("buildArtifacts", () => {
  it("packs the runtime and the programs, named by their content", async () => {
    const manifest = await buildArtifacts(root, output);
    expect(artifactManifestSchema.parse(JSON.parse(readFileSync(join(output, "manifest.json"), "utf8")))).toEqual(manifest);
    expect(manifest.runtime.version).toBe("v24.21.0");
    expect(manifest.runtime.key).toBe(`runtime/node-v24.21.0-linux-${process.arch}-${manifest.runtime.sha256.slice(0, 12)}.gz`);
    expect(manifest.bundle.key).toBe(`bundle/rayfleet-${manifest.bundle.sha256.slice(0, 12)}.tar.gz`);
    for (const part of [manifest.runtime, manifest.bundle]) expect(sha256(join(output, part.file))).toBe(part.sha256);
    expect(gunzipSync(readFileSync(join(output, manifest.runtime.file))).toString()).toBe("the node binary");
    const unpacked = spawnSync("tar", ["-xzOf", join(output, manifest.bundle.file), "nodeService.js"]);
    expect(spawnSync(process.execPath, ["-"], { input: unpacked.stdout }).stdout.toString()).toBe("service\n");
  });

  it("writes nothing when nothing changed, and the same bytes in another place", async () => {
    const first = await buildArtifacts(root, output);
    const before = readdirSync(output).map((name) => statSync(join(output, name)).mtimeMs);
    expect(await buildArtifacts(root, output)).toEqual(first);
    expect(readdirSync(output).map((name) => statSync(join(output, name)).mtimeMs)).toEqual(before);
    expect(await buildArtifacts(root, join(root, "other"))).toEqual(first);
  });

  it("gives changed sources a new key, and removes the old files", async () => {
    const first = await buildArtifacts(root, output);
    writeFileSync(join(root, "node-service/word.ts"), 'export const word: string = "changed";');
    writeFileSync(join(root, "node_modules/node/bin/node"), "another binary");
    const second = await buildArtifacts(root, output);
    expect(second.bundle.key).not.toBe(first.bundle.key);
    expect(second.runtime.key).not.toBe(first.runtime.key);
    const names = readdirSync(output).filter((name) => name.endsWith(".gz"));
    expect(names.sort()).toEqual([second.bundle.file, second.runtime.file].sort());
  });

  it("fails when an entry point is missing, and writes nothing", async () => {
    rmSync(join(root, "autoscaler-agent/main.ts"));
    await expect(buildArtifacts(root, output)).rejects.toThrow("autoscaler-agent/main.ts: is missing");
    expect(existsSync(output)).toBe(false);
  });
});
