import { status } from "@grpc/grpc-js";
import { EngineService, type IEngineServer } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  type LogRequest,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { type IResourceMonitorServer, ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  type ReadResourceRequest,
  ReadResourceResponse,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  ResourceInvokeResponse,
  type SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { listenOnLoopback, RpcError, type UnaryHandler, unary } from "../../pulumi-protocol/grpcServer";
import { fromStruct, toStruct } from "../../pulumi-protocol/wireStruct";
import type { Deployment } from "./deployment";
import type { Registration } from "./registration";

/**
 * What the SDK may use. Outputs as values, resource references, transforms and hooks are left out, so that everything arrives as plain JSON.
 */
const FEATURES = new Set(["secrets", "aliasSpecs", "deletedWith"]);

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

function aliasesOf(request: RegisterResourceRequest, deployment: Deployment): string[] {
  const written = request.getAliasesList().map((alias) => {
    if (alias.getUrn() !== "") return alias.getUrn();
    const spec = alias.getSpec();
    const parent = spec?.getNoparent() === true ? undefined : spec?.getParenturn() || request.getParent();
    return deployment.urnOf({ type: spec?.getType() || request.getType(), name: spec?.getName() || request.getName(), parent });
  });
  return [...written, ...request.getAliasurnsList()];
}

/** Leaves out what the protocol says by an empty text. */
function optional<Key extends string>(key: Key, value: string): { readonly [Name in Key]?: string } {
  return value === "" ? {} : ({ [key]: value } as { [Name in Key]: string });
}

function toRegistration(request: RegisterResourceRequest, deployment: Deployment): Registration {
  const propertyDependencies: [string, string[]][] = [];
  request.getPropertydependenciesMap().forEach((dependencies, property) => {
    propertyDependencies.push([property, dependencies.getUrnsList()]);
  });
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs: fromStruct(request.getObject()),
    dependencies: request.getDependenciesList(),
    propertyDependencies: Object.fromEntries(propertyDependencies),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: aliasesOf(request, deployment),
    ...(request.getDeletebeforereplacedefined() ? { deleteBeforeReplace: request.getDeletebeforereplace() } : {}),
    ...optional("parent", request.getParent()),
    ...optional("provider", request.getProvider()),
    ...optional("deletedWith", request.getDeletedwith()),
  };
}

/** After a failure every call is answered as by a monitor that goes away: that is how the SDK knows that the program must end. */
function guard<Request, Response>(deployment: Deployment, handler: UnaryHandler<Request, Response>) {
  return unary<Request, Response>(async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      const failure = deployment.fail(error instanceof Error ? error : new Error(String(error)));
      throw new RpcError(status.UNAVAILABLE, failure.message);
    }
  });
}

function monitorMethods(deployment: Deployment) {
  return {
    supportsFeature: guard(deployment, async (request: SupportsFeatureRequest) => {
      const response = new SupportsFeatureResponse();
      response.setHassupport(FEATURES.has(request.getId()));
      return response;
    }),
    registerResource: guard(deployment, async (request: RegisterResourceRequest) => {
      if (request.getRemote()) throw new Error(`${request.getType()}: components in other languages are not in the embedded engine`);
      if (request.getImportid() !== "") throw new Error(`${request.getName()}: the import option is not in the embedded engine`);
      const made = await deployment.register(toRegistration(request, deployment));
      const response = new RegisterResourceResponse();
      response.setUrn(made.urn);
      response.setId(made.id);
      response.setObject(toStruct(made.outputs));
      return response;
    }),
    registerResourceOutputs: guard(deployment, async (request: RegisterResourceOutputsRequest) => {
      deployment.registerOutputs(request.getUrn(), fromStruct(request.getOutputs()));
      return new Empty();
    }),
    readResource: guard(deployment, async (request: ReadResourceRequest) => {
      const found = await deployment.read({
        type: request.getType(),
        name: request.getName(),
        id: request.getId(),
        inputs: fromStruct(request.getProperties()),
        ...optional("parent", request.getParent()),
        ...optional("provider", request.getProvider()),
      });
      const response = new ReadResourceResponse();
      response.setUrn(found.urn);
      response.setProperties(toStruct(found.outputs));
      return response;
    }),
    invoke: guard(deployment, async (request: ResourceInvokeRequest) => {
      const result = await deployment.invoke({
        token: request.getTok(),
        args: fromStruct(request.getArgs()),
        ...optional("provider", request.getProvider()),
      });
      const response = new ResourceInvokeResponse();
      response.setReturn(toStruct(result));
      return response;
    }),
    signalAndWaitForShutdown: guard(deployment, async () => new Empty()),
  } satisfies Partial<IResourceMonitorServer>;
}

/** Messages of the program; errors are kept as the reason why it ended. */
function engineMethods(deployment: Deployment, errors: string[]) {
  let root = "";
  return {
    log: unary(async (request: LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()] ?? "error";
      if (severity === "error") errors.push(request.getMessage());
      // Debug messages are the SDK's own, one or more a resource. After a failure the program only tells that it was cut off.
      if (severity !== "debug" && deployment.failure === undefined)
        deployment.context.journal.say(severity, request.getMessage(), request.getUrn());
      return new Empty();
    }),
    getRootResource: unary(async () => {
      const response = new GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: unary(async (request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new SetRootResourceResponse();
    }),
  } satisfies Partial<IEngineServer>;
}

/** The engine as a Pulumi program sees it. */
export interface Monitor {
  /** `host:port` on loopback. */
  readonly address: string;
  /** What the program logged as errors, in order. */
  readonly errors: readonly string[];
  close(): void;
}

/** Serves Pulumi's resource monitor and engine protocols for one run. */
export async function startMonitor(deployment: Deployment): Promise<Monitor> {
  const errors: string[] = [];
  const server = await listenOnLoopback([
    { definition: ResourceMonitorService, methods: monitorMethods(deployment) },
    { definition: EngineService, methods: engineMethods(deployment, errors) },
  ]);
  return { address: server.address, errors, close: () => server.close() };
}
