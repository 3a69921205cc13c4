import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, type status } from "@grpc/grpc-js";
import { fromJSON, type ServiceDefinition } from "@grpc/proto-loader";
import { AUTOSCALER_SERVICE, gcsProtocol } from "../../autoscaler-agent/ray/gcsProtocol";

/** One call as it came in. */
export interface GcsCall {
  readonly method: string;
  /** The very bytes of the request. */
  readonly bytes: Buffer;
  readonly request: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the server answers: a reply, or an error with gRPC code and details; undefined: no answer at all. */
export type GcsAnswer = { readonly reply: object } | { readonly code: status; readonly details: string } | undefined;

/** A gRPC server that speaks the GCS's service, keeps every request byte for byte, and answers what the test says. */
export class FakeGcs {
  readonly calls: GcsCall[] = [];
  answer: (call: GcsCall) => GcsAnswer = () => ({ reply: {} });
  readonly #server = new Server();
  address = "";

  async start(port = 0): Promise<void> {
    const service = fromJSON(gcsProtocol, { keepCase: true, longs: Number, enums: String, defaults: false })[
      AUTOSCALER_SERVICE
    ] as ServiceDefinition;
    const raw = Object.entries(service).map(([method, definition]) => [
      method,
      { ...definition, requestDeserialize: (bytes: Buffer) => ({ bytes, request: definition.requestDeserialize(bytes) }) },
    ]);
    const handlers = Object.keys(service).map((method) => [method, this.#handler(method)]);
    this.#server.addService(Object.fromEntries(raw), Object.fromEntries(handlers));
    const bound = await new Promise<number>((resolve, reject) =>
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bind) =>
        error ? reject(error) : resolve(bind),
      ),
    );
    this.address = `127.0.0.1:${bound}`;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #handler(method: string) {
    return (call: ServerUnaryCall<{ bytes: Buffer; request: Record<string, unknown> }, object>, respond: sendUnaryData<object>) => {
      const seen: GcsCall = { method, bytes: call.request.bytes, request: call.request.request, metadata: call.metadata.getMap() };
      this.calls.push(seen);
      const answer = this.answer(seen);
      if (answer === undefined) {
        return;
      }
      respond("reply" in answer ? null : answer, "reply" in answer ? answer.reply : null);
    };
  }
}
