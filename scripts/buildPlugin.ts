import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { bundlePlugin } from "./bundlePlugin";

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
  await bundlePlugin({ root, name: "aws", entry: "emulator/plugin/main.ts", version, outputDirectory });
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
