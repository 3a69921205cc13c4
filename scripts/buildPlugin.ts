import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** What Pulumi starts; it looks for a file of exactly this name. */
const LAUNCHER = "pulumi-resource-aws";

/** Runs the bundle beside it with the `node` on the PATH, wherever Pulumi has installed the folder. */
const LAUNCHER_TEXT = `#!/bin/sh
exec node "$(dirname "$0")/provider.cjs" "$@"
`;

/** The version that the program's AWS package asks for: Pulumi takes only that one. */
async function awsPackageVersion(root: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(root, "node_modules/@pulumi/aws/package.json"), "utf8")) as { version: string };
  return manifest.version.replace(/^v/, "");
}

/**
 * Bundles the stand-in for the AWS provider into a folder that `pulumi plugin install resource aws <version> -f <folder>` takes.
 *
 * @returns the folder and the version to install it as
 */
export async function buildPlugin(
  root: string,
  outputDirectory = join(root, "dist", "plugin"),
): Promise<{ directory: string; version: string }> {
  const version = await awsPackageVersion(root);
  await mkdir(outputDirectory, { recursive: true });
  await build({
    entryPoints: [join(root, "emulator/plugin/main.ts")],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    minifyWhitespace: true,
    legalComments: "eof",
    define: { PLUGIN_VERSION: JSON.stringify(version) },
    outfile: join(outputDirectory, "provider.cjs"),
    logLevel: "warning",
  });
  const launcher = join(outputDirectory, LAUNCHER);
  await writeFile(launcher, LAUNCHER_TEXT);
  await chmod(launcher, 0o755);
  return { directory: outputDirectory, version };
}

if (require.main === module)
  buildPlugin(resolve(__dirname, "..")).then(
    ({ directory, version }) =>
      process.stdout.write(`${directory}\nInstall it with: pulumi plugin install resource aws ${version} -f ${directory}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
