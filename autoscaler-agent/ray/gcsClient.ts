import { Client, credentials, type Deadline, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { Clock } from "../clock";
import { clusterSnapshot } from "./clusterSnapshot";
import { gcsMethods } from "./gcsMethods";
import { autoscalingStateRequest, clusterConfigRequest, drainNodeRequest } from "./gcsRequests";
import type { WireState } from "./gcsWire";
import type { RayControl, RaySnapshot } from "./rayControl";
import {
  type AutoscalingReport,
  type ClusterConfigReport,
  type DrainOutcome,
  type DrainRequest,
  RayError,
  type RayErrorCode,
} from "./rayControl";

/** How to reach the GCS. */
export interface GcsClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** The Ray token, or undefined when the cluster has none. Read before the first call and again after the GCS refused it. */
  readonly readToken: () => Promise<string | undefined>;
  readonly clock: Clock;
  /** For each call, in milliseconds. @default 5000 */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 5_000;

const channelOptions = {
  // A reply holds every node and up to 1,000 dead ones; grpc-js allows 4 MiB.
  "grpc.max_receive_message_length": 256 * 1024 * 1024,
  // The default back-off notices a GCS that is back up to 43 seconds late; measured 1 second with this.
  "grpc.max_reconnect_backoff_ms": 2_000,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 20_000,
};

/**
 * Client of Ray's `AutoscalerStateService`.
 *
 * Never sends a cluster id (a wrong one is refused, none is accepted), a version last seen, a drain reason that Ray does not know, or a node id
 * that is not one: each of these but the first crashes a part of Ray. One channel for its whole life; it reconnects by itself.
 *
 * @throws RayError from every call: `unreachable`, `unauthenticated` or `other`.
 * @see docs.ray.io, and `src/ray/protobuf/autoscaler.proto`
 */
export class GcsClient implements RayControl {
  readonly #client: Client;
  readonly #methods = gcsMethods();
  readonly #options: GcsClientOptions;
  #metadata: Promise<Metadata> | undefined;
  #token: string | undefined;
  #reportVersion = 0;

  constructor(options: GcsClientOptions) {
    this.#client = new Client(options.address, credentials.createInsecure(), channelOptions);
    this.#options = options;
  }

  async readState(signal: AbortSignal): Promise<RaySnapshot> {
    const reply = await this.#call<{ cluster_resource_state?: WireState }>("GetClusterResourceState", {}, signal);
    return clusterSnapshot(reply.cluster_resource_state ?? {});
  }

  async drainNode(request: DrainRequest, signal: AbortSignal): Promise<DrainOutcome> {
    const reply = await this.#call<{ is_accepted?: boolean; rejection_reason_message?: string }>(
      "DrainNode",
      drainNodeRequest(request),
      signal,
    );
    return reply.is_accepted === true
      ? { kind: "accepted" }
      : { kind: "rejected", message: this.#withoutToken(reply.rejection_reason_message ?? "Ray gave no reason") };
  }

  async reportState(report: AutoscalingReport, signal: AbortSignal): Promise<void> {
    // Wall clock, so that it grows over restarts of the agent; never backwards within one, whatever the clock does.
    this.#reportVersion = Math.max(this.#reportVersion, this.#options.clock.epochMs());
    await this.#call("ReportAutoscalingState", autoscalingStateRequest(report, this.#reportVersion), signal);
  }

  async reportConfig(report: ClusterConfigReport, signal: AbortSignal): Promise<void> {
    await this.#call("ReportClusterConfig", clusterConfigRequest(report), signal);
  }

  /** Ends the channel. Calls under way fail. */
  close(): void {
    this.#client.close();
  }

  async #call<Reply>(methodName: string, request: object, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const method = this.#methods.get(methodName);
    if (method === undefined) throw new RayError("other", `${methodName}: is no method of the GCS that the agent knows.`);
    this.#metadata ??= this.#readMetadata();
    const metadata = await this.#metadata.catch((error: unknown) => {
      this.#metadata = undefined;
      throw new RayError("unauthenticated", "Ray token: cannot be read; expected a readable token file.", { cause: error });
    });
    const deadline: Deadline = this.#options.clock.epochMs() + (this.#options.deadlineMs ?? DEFAULT_DEADLINE_MS);
    return await new Promise<Reply>((resolve, reject) => {
      const call = this.#client.makeUnaryRequest<object, object>(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, reply) => {
          signal.removeEventListener("abort", cancel);
          if (error === null) {
            resolve((reply ?? {}) as Reply);
          } else {
            reject(this.#toRayError(methodName, error));
          }
        },
      );
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  async #readMetadata(): Promise<Metadata> {
    const token = await this.#options.readToken();
    this.#token = token;
    const metadata = new Metadata();
    if (token !== undefined) {
      metadata.set("authorization", `Bearer ${token}`);
    }
    return metadata;
  }

  #toRayError(methodName: string, error: ServiceError): RayError {
    const code = errorCodes[error.code] ?? "other";
    if (code === "unauthenticated") {
      // The head makes a new token when its storage is new: read the file again next time.
      this.#metadata = undefined;
    }
    return new RayError(code, this.#withoutToken(`${methodName}: ${status[error.code]}: ${error.details}`));
  }

  /** Whatever answers at the GCS's address may say back what it was sent; what it says is logged and shown. */
  #withoutToken(text: string): string {
    return this.#token === undefined ? text : text.replaceAll(this.#token, "<token>");
  }
}

const errorCodes: Partial<Record<status, RayErrorCode>> = {
  [status.UNAVAILABLE]: "unreachable",
  [status.DEADLINE_EXCEEDED]: "unreachable",
  [status.CANCELLED]: "unreachable",
  [status.UNAUTHENTICATED]: "unauthenticated",
};
