import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { unary } from "../../pulumi-protocol/grpcServer";
import { propertyDiffEntry } from "../../pulumi-protocol/propertyDiffEntry";
import { providerLifeCycle } from "../../pulumi-protocol/providerLifeCycle";
import { fromStruct, toStruct } from "../../pulumi-protocol/wireStruct";
import { keepPrevious } from "../provider/propertyDiff";
import type { ConfiguredProvider } from "./configuredProvider";
import { createResource, deleteResource, readResource, updateResource } from "./resourceCalls";

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
    response.getDetaileddiffMap().set(change.path, propertyDiffEntry(change.kind, diff.replaces.includes(change.path)));
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

/**
 * The table as Pulumi's provider protocol: what the Pulumi command calls when the plugin stands in for the AWS provider.
 *
 * @param version of the provider that the plugin stands in for: the one that the program's SDK asks for
 */
export function providerService(provider: ConfiguredProvider, version: string) {
  return {
    ...providerLifeCycle(provider, { name: "aws", version }),
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
