import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ArtifactsError, readArtifactManifest } from "../../../components/aws/readArtifactManifest";
import { makeArtifacts } from "../../support/artifacts";

let artifacts: ReturnType<typeof makeArtifacts>;
beforeEach(() => {
  artifacts = makeArtifacts();
});
afterEach(() => artifacts.remove());

describe("readArtifactManifest", () => {
  it("gives the manifest with the place of each file", () => {
    const { runtime, bundle } = artifacts.manifest;
    expect(readArtifactManifest(artifacts.directory)).toEqual({
      runtime: { ...runtime, file: join(artifacts.directory, runtime.file) },
      bundle: { ...bundle, file: join(artifacts.directory, bundle.file) },
    });
  });

  it.each([
    { case: "the folder", spoil: (directory: string) => rmSync(directory, { recursive: true }), says: "are not built" },
    {
      case: "the bundle",
      spoil: (directory: string) => rmSync(join(directory, "rayfleet.tar.gz")),
      says: "lack a file that their manifest names",
    },
    {
      case: "JSON",
      spoil: (directory: string) => writeFileSync(join(directory, "manifest.json"), "{"),
      says: "have a manifest that is not JSON",
    },
    {
      case: "a hash",
      spoil: (directory: string) => writeFileSync(join(directory, "manifest.json"), "{}"),
      says: "have a malformed manifest",
    },
  ])("says what to run when $case is missing", ({ spoil, says }) => {
    spoil(artifacts.directory);
    expect(() => readArtifactManifest(artifacts.directory)).toThrow(ArtifactsError);
    expect(() => readArtifactManifest(artifacts.directory)).toThrow(`artifacts: ${says}; got ${artifacts.directory}`);
    expect(() => readArtifactManifest(artifacts.directory)).toThrow("Run `npm run build`");
  });
});
