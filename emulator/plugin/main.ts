import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { listenOnLoopback } from "../../pulumi-protocol/grpcServer";
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
  const methods = providerService(provider, { version: PLUGIN_VERSION });
  const server = await listenOnLoopback([{ definition: ResourceProviderService, methods }]);
  // The one line by which the Pulumi command learns where to call.
  process.stdout.write(`${server.port}\n`);
  process.on("SIGTERM", () => server.close());
  process.on("SIGINT", () => provider.cancel());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
