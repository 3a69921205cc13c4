import * as grpc from "@grpc/grpc-js";

/** Assets and manifests can be large; the protocol's own limit is the same. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** Answers one call. Throwing makes it a failed call. */
export type UnaryHandler<Request, Response> = (request: Request) => Promise<Response>;

/** A failure with the status that the caller is to see. */
export class RpcError extends Error {
  constructor(
    readonly status: grpc.status,
    message: string,
    readonly metadata?: grpc.Metadata,
  ) {
    super(message);
  }
}

/** Turns a handler into what a gRPC server wants; an error without a status of its own is an unknown one. */
export function unary<Request, Response>(handler: UnaryHandler<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    handler(call.request).then(
      (response) => callback(null, response),
      (error: unknown) => {
        const code = error instanceof RpcError ? error.status : grpc.status.UNKNOWN;
        const metadata = error instanceof RpcError && error.metadata !== undefined ? { metadata: error.metadata } : {};
        callback({ code, details: error instanceof Error ? error.message : String(error), ...metadata });
      },
    );
  };
}

/** The given methods, and for every other one of the service the answer that it is not there: the SDK copes with that. */
function implementing(definition: grpc.ServiceDefinition, methods: grpc.UntypedServiceImplementation): grpc.UntypedServiceImplementation {
  const missing = Object.keys(definition)
    .filter((name) => methods[name] === undefined)
    .map((name) => [name, unary(() => Promise.reject(new RpcError(grpc.status.UNIMPLEMENTED, `${name} is not implemented`)))]);
  return { ...(Object.fromEntries(missing) as grpc.UntypedServiceImplementation), ...methods };
}

/** A gRPC server on a free port of loopback. */
export async function listenOnLoopback(
  services: readonly { definition: grpc.ServiceDefinition; methods: grpc.UntypedServiceImplementation }[],
): Promise<{ address: string; port: number; close(): void }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  for (const { definition, methods } of services) server.addService(definition, implementing(definition, methods));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { address: `127.0.0.1:${port}`, port, close: () => server.forceShutdown() };
}
