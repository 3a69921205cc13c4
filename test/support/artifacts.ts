import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactManifest } from "../../contract/artifactManifest";

/** Small files in the place of the built ones, with a manifest of the real shape. Remove the folder after the test. */
export function makeArtifacts(): { readonly directory: string; readonly manifest: ArtifactManifest; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), "rayfleet-artifacts-"));
  const manifest: ArtifactManifest = {
    runtime: { file: "node.gz", key: "runtime/node-v24.21.0-linux-x64-aaaaaaaaaaaa.gz", sha256: "a".repeat(64), version: "v24.21.0" },
    bundle: { file: "rayfleet.tar.gz", key: "bundle/rayfleet-bbbbbbbbbbbb.tar.gz", sha256: "b".repeat(64) },
  };
  writeFileSync(join(directory, manifest.runtime.file), "runtime");
  writeFileSync(join(directory, manifest.bundle.file), "bundle");
  writeFileSync(join(directory, "manifest.json"), JSON.stringify(manifest));
  return { directory, manifest, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
