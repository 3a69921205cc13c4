import { mkdir, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { bundleProgram } from "./bundleProgram";

/**
 * Makes the agent of clusters on Kubernetes as one file, for an image of one's own, and packed, as it goes into ConfigMaps.
 *
 * The same sources give the same bytes.
 */
export async function buildKubernetesAgent(root: string, outputDirectory = join(root, "dist", "kubernetes-agent")): Promise<string> {
  const program = await bundleProgram(root, "autoscaler-agent/kubernetes/main.ts");
  const packed = gzipSync(program, { level: 9 });
  // Byte 9 names the operating system; 255, unknown, makes the bytes the same wherever they are made.
  packed[9] = 255;
  await mkdir(outputDirectory, { recursive: true });
  await Promise.all([writeWhole(join(outputDirectory, "agent.js"), program), writeWhole(join(outputDirectory, "agent.js.gz"), packed)]);
  return outputDirectory;
}

/** Another build may run at the same time: a reader sees the old file or the new one, never half of one. */
async function writeWhole(path: string, content: Buffer): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

if (require.main === module)
  buildKubernetesAgent(resolve(__dirname, "..")).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
