import * as z from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/**
 * What `scripts/buildArtifacts.ts` says of the files that every machine downloads when it starts, in `dist/artifacts/manifest.json`.
 * Keys carry the content's hash, so a changed file is a new object and never overwrites one that a running machine may still fetch.
 */
export const artifactManifestSchema = z.strictObject({
  /** The Node binary, gzipped. `version` as Node writes it: `v24.21.0`. */
  runtime: z.strictObject({ file: z.string(), key: z.string(), sha256, version: z.string() }),
  /** Node service, agent and command, tar and gzip. */
  bundle: z.strictObject({ file: z.string(), key: z.string(), sha256 }),
});

export type ArtifactManifest = z.infer<typeof artifactManifestSchema>;
