import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { listenOnLoopback } from "../pulumi-protocol/grpcServer";
import { ConfiguredProvider } from "./configuredProvider";
import { engineLog } from "./engineLog";
import { providerService } from "./providerService";

/** Filled in when the plugin is bundled: the version of this package. */
declare const PLUGIN_VERSION: string;

async function main(): Promise<void> {
  const provider = new ConfiguredProvider(engineLog(process.argv[2]));
  const server = await listenOnLoopback([{ definition: ResourceProviderService, methods: providerService(provider, PLUGIN_VERSION) }]);
  // The one line by which the Pulumi command learns where to call.
  process.stdout.write(`${server.port}\n`);
  process.on("SIGTERM", () => server.close());
  process.on("SIGINT", () => provider.cancel());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
