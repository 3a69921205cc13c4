import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { listenOnLoopback } from "./grpcServer";
import type { ConfigurableProvider } from "./providerLifeCycle";

/** Answers the Pulumi command that started this process until it ends it; SIGINT cancels what is under way. */
export async function servePlugin(provider: ConfigurableProvider, methods: UntypedServiceImplementation): Promise<void> {
  const server = await listenOnLoopback([{ definition: ResourceProviderService, methods }]);
  // The one line by which the Pulumi command learns where to call.
  process.stdout.write(`${server.port}\n`);
  process.on("SIGTERM", () => server.close());
  process.on("SIGINT", () => provider.cancel());
}

/** Runs a plugin's `main`: an error is its last word, on standard error. */
export function runPlugin(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
