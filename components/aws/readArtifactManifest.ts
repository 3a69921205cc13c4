import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ArtifactManifest, artifactManifestSchema } from "../../contract/artifactManifest";

/** The files that every machine downloads are not there, or not what the manifest says. */
export class ArtifactsError extends Error {
  override readonly name = "ArtifactsError";
}

const REMEDY = "Run `npm run build`, which makes them.";

function problem(path: string, text: string): ArtifactsError {
  return new ArtifactsError(`artifacts: ${text}; got ${path}; expected what the build writes. ${REMEDY}`);
}

/**
 * Reads `manifest.json` of a folder of built artifacts. Paths of files become absolute.
 *
 * @throws ArtifactsError when the manifest or a file that it names is missing or malformed
 */
export function readArtifactManifest(directory: string): ArtifactManifest {
  const path = join(directory, "manifest.json");
  if (!existsSync(path)) {
    throw problem(path, "are not built");
  }
  const parsed = artifactManifestSchema.safeParse(parseJson(path));
  if (!parsed.success) {
    throw problem(path, "have a malformed manifest");
  }
  const { runtime, bundle } = parsed.data;
  const manifest = {
    runtime: { ...runtime, file: join(directory, runtime.file) },
    bundle: { ...bundle, file: join(directory, bundle.file) },
  };
  const missing = [manifest.runtime.file, manifest.bundle.file].find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw problem(missing, "lack a file that their manifest names");
  }
  return manifest;
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw problem(path, "have a manifest that is not JSON");
  }
}
