import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { buffer } from "node:stream/consumers";
import { KubernetesError, StaleObjectError } from "./kubernetesError";

const CALL_DEADLINE_MS = 30_000;
/** A page of some proxy may be long. */
const ERROR_TEXT_LENGTH = 2_000;

/** What is wanted of a kubeconfig: where the server is, and how to sign in. `KubeConfig` of the client library is one. */
export interface KubeConfiguration {
  getCurrentCluster(): { readonly server: string } | null;
  applyToHTTPSOptions(options: RequestOptions): Promise<void>;
}

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** @default "application/json" */
  readonly contentType?: string;
}

/** Calls of one Kubernetes API server, whoever makes them and however one signs in. */
export interface KubeApiCalls {
  /**
   * @returns the answer, parsed where it is JSON, and else its text
   * @throws StaleObjectError at a conflict, KubernetesError at every other refusal, in the server's words, or when there is no answer in time; the signal's reason
   */
  call(request: KubeRequest, signal: AbortSignal): Promise<unknown>;
}

/**
 * Calls of one Kubernetes API server, as its kubeconfig says: addresses, certificates, tokens, sign-in commands.
 *
 * The client library's typed calls know no server-side apply of custom resources and drop what a CRD has beyond their types; its reading of kubeconfig is what is
 * wanted here.
 */
export class KubeApi implements KubeApiCalls {
  readonly #config: KubeConfiguration;

  constructor(config: KubeConfiguration) {
    this.#config = config;
  }

  /** Waits 30 s at most. */
  async call(request: KubeRequest, signal: AbortSignal): Promise<unknown> {
    const what = `${request.method} ${request.path}`;
    try {
      return await this.#send(request, AbortSignal.any([signal, AbortSignal.timeout(CALL_DEADLINE_MS)]));
    } catch (thrown) {
      signal.throwIfAborted();
      if (thrown instanceof KubernetesError) throw thrown;
      throw new KubernetesError(`${what}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }

  async #send({ method, path, query = {}, body, contentType = "application/json" }: KubeRequest, signal: AbortSignal): Promise<unknown> {
    const server = this.#config.getCurrentCluster()?.server;
    if (server === undefined) throw new KubernetesError("kubeconfig: names no cluster; set a current context.");
    const url = new URL(`${server.replace(/\/$/, "")}${path}?${new URLSearchParams(query).toString()}`);
    const options: RequestOptions = { method, signal, headers: { Accept: "application/json", "Content-Type": contentType } };
    await this.#config.applyToHTTPSOptions(options);
    const send = url.protocol === "http:" ? httpRequest : httpsRequest;
    const { status, type, text } = await new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const outgoing = send(url, options, (incoming) => {
        const { statusCode: status = 0, headers } = incoming;
        buffer(incoming).then((bytes) => resolve({ status, type: headers["content-type"] ?? "", text: bytes.toString("utf8") }), reject);
      });
      outgoing.on("error", reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
    if (status >= 200 && status < 300) return answerOf(type, text);
    const { message, reason } = refusalOf(text);
    const said = `${method} ${path}: ${message} (${status})`;
    throw status === 409 ? new StaleObjectError(said, status, reason) : new KubernetesError(said, status, reason);
  }
}

/** A pod's log is text. */
function answerOf(type: string, text: string): unknown {
  if (text === "") return undefined;
  return type.startsWith("text/") ? text : JSON.parse(text);
}

/** The API server answers with a Status object; what stands before it, with whatever it likes. */
function refusalOf(text: string): { readonly message: string; readonly reason?: string } {
  try {
    const { message, reason } = JSON.parse(text) as { message?: unknown; reason?: unknown };
    if (typeof message === "string") return { message, ...(typeof reason === "string" ? { reason } : {}) };
  } catch {
    // A proxy's page: shown as it is.
  }
  return { message: text.slice(0, ERROR_TEXT_LENGTH) };
}
