import { resolve } from "node:path";
import packageDescription from "../package.json";
import { bundlePlugin } from "./bundlePlugin";

/** Bundles our provider of Ray's objects into the folder that Pulumi.yaml names. */
export async function buildKubeRayProvider(root: string, outputDirectory = resolve(root, "dist", "kuberay-provider")): Promise<string> {
  const { version } = packageDescription;
  await bundlePlugin({ root, name: "rayfleet", entry: "kuberay-provider/main.ts", version, outputDirectory });
  return outputDirectory;
}

if (require.main === module) void buildKubeRayProvider(resolve(__dirname, ".."));
