import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { unary } from "./grpcServer";
import type { Properties } from "./properties";
import { fromStruct } from "./wireStruct";

/** What a provider does when Pulumi configures it, once after its start, and when the update is cancelled. */
export interface ConfigurableProvider {
  configure(inputs: Properties): void;
  cancel(): void;
}

/** What a plugin says of itself: the package whose resources it makes, and its release. */
export interface PluginIdentity {
  readonly name: string;
  readonly version: string;
}

/** How a plugin introduces and configures itself: the calls of Pulumi's provider protocol that are about no resource. Its configuration is taken as it is. */
export function providerLifeCycle(provider: ConfigurableProvider, { name, version }: PluginIdentity) {
  return {
    // No capability is claimed: secrets, resources and outputs arrive as plain values, and the engine marks secrets again itself.
    handshake: unary(async () => new protocol.ProviderHandshakeResponse()),
    getPluginInfo: unary(async () => {
      const response = new PluginInfo();
      response.setVersion(version);
      return response;
    }),
    getSchema: unary(async () => {
      const response = new protocol.GetSchemaResponse();
      response.setSchema(JSON.stringify({ name, version }));
      return response;
    }),
    checkConfig: unary(async (request: protocol.CheckRequest) => {
      const response = new protocol.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async () => {
      const response = new protocol.DiffResponse();
      response.setChanges(protocol.DiffResponse.DiffChanges.DIFF_NONE);
      return response;
    }),
    configure: unary(async (request: protocol.ConfigureRequest) => {
      provider.configure(fromStruct(request.getArgs()));
      const response = new protocol.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    cancel: unary(async () => {
      provider.cancel();
      return new Empty();
    }),
    attach: unary(async () => new Empty()),
  } satisfies Partial<IResourceProviderServer>;
}
