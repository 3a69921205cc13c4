import { randomUUID } from "node:crypto";
import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { UNKNOWN } from "../../pulumi-protocol/wire";
import { fromStruct, toStruct } from "../../pulumi-protocol/wireStruct";
import type { Properties } from "../provider/resourceType";
import type { ConfiguredProvider } from "./configuredProvider";

/** Makes the resource; in a preview only tells the inputs, so that the engine takes every other output as unknown. */
export async function createResource(provider: ConfiguredProvider, request: protocol.CreateRequest): Promise<protocol.CreateResponse> {
  const inputs = fromStruct(request.getProperties());
  const response = new protocol.CreateResponse();
  if (request.getPreview()) {
    response.setProperties(toStruct(inputs));
    return response;
  }
  const { signal } = provider;
  const made = await provider.table.create({ type: request.getType(), name: request.getName(), inputs, token: randomUUID(), signal });
  response.setId(made.id);
  response.setProperties(toStruct(made.outputs));
  return response;
}

/** Reads the resource. No id in the answer means that it is gone; inputs that the program never set stay unset, or a refresh would differ. */
export async function readResource(provider: ConfiguredProvider, request: protocol.ReadRequest): Promise<protocol.ReadResponse> {
  const response = new protocol.ReadResponse();
  const found = await provider.table.read({
    type: request.getType(),
    id: request.getId(),
    inputs: fromStruct(request.getInputs()),
    outputs: fromStruct(request.getProperties()),
    signal: provider.signal,
  });
  if (found === undefined) return response;
  response.setId(request.getId());
  response.setInputs(toStruct(found.inputs));
  response.setProperties(toStruct(found.outputs));
  return response;
}

function previewedUpdate(unknown: readonly string[], outputs: Properties, inputs: Properties): Properties {
  return { ...outputs, ...inputs, ...Object.fromEntries(unknown.map((key) => [key, UNKNOWN])) };
}

/** Changes the resource in place; a preview only tells what would be known afterwards. */
export async function updateResource(provider: ConfiguredProvider, request: protocol.UpdateRequest): Promise<protocol.UpdateResponse> {
  const type = request.getType();
  const inputs = fromStruct(request.getNews());
  const outputs = fromStruct(request.getOlds());
  const response = new protocol.UpdateResponse();
  const known = { type, id: request.getId(), inputs, outputs, signal: provider.signal };
  const next = request.getPreview()
    ? previewedUpdate(provider.table.unknownOutputsOnUpdate(type), outputs, inputs)
    : await provider.table.update(known, fromStruct(request.getOldInputs()));
  response.setProperties(toStruct(next));
  return response;
}

/** Removes the resource and waits until it is gone. */
export async function deleteResource(provider: ConfiguredProvider, request: protocol.DeleteRequest): Promise<Empty> {
  await provider.table.delete({
    type: request.getType(),
    id: request.getId(),
    inputs: fromStruct(request.getOldInputs()),
    outputs: fromStruct(request.getProperties()),
    signal: provider.signal,
  });
  return new Empty();
}
