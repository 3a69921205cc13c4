import { runPlugin, servePlugin } from "../../pulumi-protocol/servePlugin";
import { ConfiguredProvider } from "./configuredProvider";
import { providerService } from "./providerService";

/** Address of the AWS API emulator. */
const ENDPOINT_VARIABLE = "RAYFLEET_AWS_ENDPOINT";

/** Filled in when the plugin is bundled: the version of the AWS SDK package that the program uses. */
declare const PLUGIN_VERSION: string;

async function main(): Promise<void> {
  const endpointUrl = process.env[ENDPOINT_VARIABLE];
  if (endpointUrl === undefined || endpointUrl === "")
    throw new Error(
      `${ENDPOINT_VARIABLE}: is not set; got nothing; expected the address of the AWS API emulator. This plugin reaches no real account.`,
    );
  const provider = new ConfiguredProvider(endpointUrl);
  await servePlugin(provider, providerService(provider, PLUGIN_VERSION));
}

runPlugin(main);
