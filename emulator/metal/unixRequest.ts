import { request } from "node:http";

export interface UnixRequest {
  readonly socketPath: string;
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
}

/** The other side answered, but not with 2xx. */
export class UnixRequestRefused extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
    path: string,
  ) {
    super(`${path}: answered ${status}; got ${text}`);
  }
}

/**
 * One HTTP request with JSON in and out over a Unix socket: how the parts of the emulator talk to each other.
 *
 * @throws UnixRequestRefused for an answer other than 2xx; Error when nobody answers in time
 */
export function unixRequest(wanted: UnixRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
    const outgoing = request(
      {
        socketPath: wanted.socketPath,
        path: wanted.path,
        method: wanted.method,
        signal: AbortSignal.timeout(wanted.timeoutMs),
        headers: body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          const status = answer.statusCode ?? 0;
          if (status < 200 || status > 299) reject(new UnixRequestRefused(status, text, wanted.path));
          else resolve(text === "" ? undefined : JSON.parse(text));
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
