import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

/** Runs the bundle beside it with the `node` on the PATH, wherever the folder lies. */
const LAUNCHER_TEXT = `#!/bin/sh
exec node "$(dirname "$0")/provider.cjs" "$@"
`;

export interface PluginBundle {
  readonly root: string;
  /** Of the package that Pulumi looks for a plugin of. */
  readonly name: string;
  readonly entry: string;
  readonly version: string;
  readonly outputDirectory: string;
}

/** Bundles a provider into a folder that Pulumi takes as a plugin: one file of JavaScript, and what Pulumi starts. */
export async function bundlePlugin({ root, name, entry, version, outputDirectory }: PluginBundle): Promise<void> {
  await mkdir(outputDirectory, { recursive: true });
  const bundle = join(outputDirectory, "provider.cjs");
  // Another build may run at the same time, and Pulumi may start it: a reader sees the old file or the new one, never half of one.
  const temporary = `${bundle}.${process.pid}.tmp`;
  await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minifyWhitespace: true,
    legalComments: "eof",
    define: { PLUGIN_VERSION: JSON.stringify(version) },
    outfile: temporary,
    logLevel: "warning",
  });
  await rename(temporary, bundle);
  // Pulumi looks for a file of exactly this name.
  const launcher = join(outputDirectory, `pulumi-resource-${name}`);
  await writeFile(launcher, LAUNCHER_TEXT);
  await chmod(launcher, 0o755);
}
