import { Metadata, status } from "@grpc/grpc-js";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { RpcError, unary } from "../pulumi-protocol/grpcServer";
import type { Properties } from "../pulumi-protocol/properties";
import { providerLifeCycle } from "../pulumi-protocol/providerLifeCycle";
import { fromStruct, toStruct } from "../pulumi-protocol/wireStruct";
import type { ConfiguredProvider } from "./configuredProvider";
import { InitFailedError } from "./rayObjectProvider";
import type { CallOptions, ResourceState } from "./resourceState";
import { resourceOf, resourceTypeOf } from "./resourceTypes";

function checkResource(request: protocol.CheckRequest): protocol.CheckResponse {
  const inputs = fromStruct(request.getNews());
  const response = new protocol.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(
    resourceTypeOf(request.getType())
      .check(inputs)
      .map(({ property, reason }) => {
        const failure = new protocol.CheckFailure();
        failure.setProperty(property);
        failure.setReason(reason);
        return failure;
      }),
  );
  return response;
}

/** An error that brings what was made into the state, as Pulumi's providers say it. */
function initFailed({ state: { id, outputs }, message }: InitFailedError, inputs: Properties): RpcError {
  const detail = new protocol.ErrorResourceInitFailed();
  detail.setId(id);
  detail.setProperties(toStruct(outputs));
  detail.setInputs(toStruct(inputs));
  detail.setReasonsList([message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const whole = new Status();
  whole.setCode(status.UNKNOWN);
  whole.setMessage(message);
  whole.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(whole.serializeBinary()));
  return new RpcError(status.UNKNOWN, message, metadata);
}

/** Makes a call, and answers it when all that it had to say was said. */
async function tell<Answer>(
  { signal, warn }: ConfiguredProvider,
  request: protocol.CreateRequest | protocol.UpdateRequest,
  { inputs, call }: { readonly inputs: Properties; readonly call: (options: CallOptions) => Promise<Answer> },
): Promise<Answer> {
  const said: Promise<void>[] = [];
  try {
    return await call({ preview: request.getPreview(), signal, warn: (message) => said.push(warn(request.getUrn(), message)) });
  } catch (error) {
    throw error instanceof InitFailedError ? initFailed(error, inputs) : error;
  } finally {
    await Promise.all(said);
  }
}

async function createResource(provider: ConfiguredProvider, request: protocol.CreateRequest): Promise<protocol.CreateResponse> {
  const inputs = fromStruct(request.getProperties());
  const response = new protocol.CreateResponse();
  const { id, outputs } = await tell(provider, request, {
    inputs,
    call: (options) => resourceOf(request).provider(provider).create(inputs, options),
  });
  response.setId(id);
  response.setProperties(toStruct(outputs));
  return response;
}

async function updateResource(provider: ConfiguredProvider, request: protocol.UpdateRequest): Promise<protocol.UpdateResponse> {
  const inputs = fromStruct(request.getNews());
  const previous = fromStruct(request.getOldInputs());
  const response = new protocol.UpdateResponse();
  const outputs = await tell(provider, request, {
    inputs,
    call: (options) => resourceOf(request).provider(provider).update(previous, inputs, options),
  });
  response.setProperties(toStruct(outputs));
  return response;
}

async function readResource(provider: ConfiguredProvider, request: protocol.ReadRequest): Promise<protocol.ReadResponse> {
  const known: Pick<ResourceState, "id" | "inputs"> = { id: request.getId(), inputs: fromStruct(request.getInputs()) };
  const found = await resourceOf(request).provider(provider).read(known, provider.signal);
  const response = new protocol.ReadResponse();
  if (found === undefined) return response;
  response.setId(found.id);
  response.setInputs(toStruct(found.inputs));
  response.setProperties(toStruct(found.outputs));
  return response;
}

async function deleteResource(provider: ConfiguredProvider, request: protocol.DeleteRequest): Promise<Empty> {
  const known = { id: request.getId(), inputs: fromStruct(request.getOldInputs()) };
  await resourceOf(request).provider(provider).delete(known, provider.signal);
  return new Empty();
}

/** Ray's objects as Pulumi's provider protocol. */
export function providerService(provider: ConfiguredProvider, version: string) {
  return {
    ...providerLifeCycle(provider, { name: "rayfleet", version }),
    // Which API server it is: nothing else of the configuration is ours.
    checkConfig: unary(async (request: protocol.CheckRequest) => {
      const response = new protocol.CheckResponse();
      const { kubeconfig, context } = fromStruct(request.getNews());
      response.setInputs(toStruct({ kubeconfig, context }));
      return response;
    }),
    check: unary(async (request: protocol.CheckRequest) => checkResource(request)),
    diff: unary(async (request: protocol.DiffRequest) => resourceOf(request).diff(request)),
    create: unary((request: protocol.CreateRequest) => createResource(provider, request)),
    read: unary((request: protocol.ReadRequest) => readResource(provider, request)),
    update: unary((request: protocol.UpdateRequest) => updateResource(provider, request)),
    delete: unary((request: protocol.DeleteRequest) => deleteResource(provider, request)),
  } satisfies Partial<IResourceProviderServer>;
}
