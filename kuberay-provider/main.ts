import { runPlugin, servePlugin } from "../pulumi-protocol/servePlugin";
import { ConfiguredProvider } from "./configuredProvider";
import { engineLog } from "./engineLog";
import { providerService } from "./providerService";

/** Filled in when the plugin is bundled: the version of this package. */
declare const PLUGIN_VERSION: string;

async function main(): Promise<void> {
  const provider = new ConfiguredProvider(engineLog(process.argv[2]));
  await servePlugin(provider, providerService(provider, PLUGIN_VERSION));
}

runPlugin(main);
