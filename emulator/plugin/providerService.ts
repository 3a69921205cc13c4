import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { unary } from "../../pulumi-protocol/grpcServer";
import { fromStruct, toStruct } from "../../pulumi-protocol/wireStruct";
import { keepPrevious, type PropertyChange } from "../provider/propertyDiff";
import type { ConfiguredProvider } from "./configuredProvider";
import { createResource, deleteResource, readResource, updateResource } from "./resourceCalls";

/** Release of the provider that the plugin stands in for: the one that the program's SDK asks for. */
export interface PluginIdentity {
  readonly version: string;
}

const KINDS = {
  add: { inPlace: protocol.PropertyDiff.Kind.ADD, replacing: protocol.PropertyDiff.Kind.ADD_REPLACE },
  update: { inPlace: protocol.PropertyDiff.Kind.UPDATE, replacing: protocol.PropertyDiff.Kind.UPDATE_REPLACE },
  delete: { inPlace: protocol.PropertyDiff.Kind.DELETE, replacing: protocol.PropertyDiff.Kind.DELETE_REPLACE },
} as const;

function propertyDiff(change: PropertyChange, isReplacing: boolean): protocol.PropertyDiff {
  const kinds = KINDS[change.kind];
  const entry = new protocol.PropertyDiff();
  entry.setKind(isReplacing ? kinds.replacing : kinds.inPlace);
  entry.setInputdiff(true);
  return entry;
}

/** Top-level names of the paths, each once. */
const topLevel = (paths: readonly string[]): string[] => [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? path))];

function diffResource(provider: ConfiguredProvider, request: protocol.DiffRequest): protocol.DiffResponse {
  const previous = fromStruct(request.getOldInputs());
  const inputs = keepPrevious(previous, fromStruct(request.getNews()), request.getIgnorechangesList());
  const diff = provider.table.diff(request.getType(), previous, inputs);
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  const response = new protocol.DiffResponse();
  response.setChanges(diff.changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(topLevel(diff.changes.map((change) => change.path)));
  response.setReplacesList(topLevel(diff.replaces));
  response.setDeletebeforereplace(diff.replaces.length > 0 && diff.deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const change of diff.changes)
    response.getDetaileddiffMap().set(change.path, propertyDiff(change, diff.replaces.includes(change.path)));
  return response;
}

function checkResource(provider: ConfiguredProvider, request: protocol.CheckRequest): protocol.CheckResponse {
  const inputs = fromStruct(request.getNews());
  const response = new protocol.CheckResponse();
  response.setInputs(toStruct(inputs));
  response.setFailuresList(
    provider.table.check(request.getType(), inputs).map((reason) => {
      const failure = new protocol.CheckFailure();
      failure.setProperty(reason.slice(0, reason.indexOf(":")));
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

/** How the plugin introduces and configures itself. */
function lifeCycle(provider: ConfiguredProvider, { version }: PluginIdentity) {
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
      response.setSchema(JSON.stringify({ name: "aws", version }));
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

/** The table as Pulumi's provider protocol: what the Pulumi command calls when the plugin stands in for the AWS provider. */
export function providerService(provider: ConfiguredProvider, identity: PluginIdentity) {
  return {
    ...lifeCycle(provider, identity),
    check: unary(async (request: protocol.CheckRequest) => checkResource(provider, request)),
    diff: unary(async (request: protocol.DiffRequest) => diffResource(provider, request)),
    create: unary((request: protocol.CreateRequest) => createResource(provider, request)),
    read: unary((request: protocol.ReadRequest) => readResource(provider, request)),
    update: unary((request: protocol.UpdateRequest) => updateResource(provider, request)),
    delete: unary((request: protocol.DeleteRequest) => deleteResource(provider, request)),
    invoke: unary(async (request: protocol.InvokeRequest) => {
      const response = new protocol.InvokeResponse();
      response.setReturn(toStruct(await provider.table.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    }),
  } satisfies Partial<IResourceProviderServer>;
}
