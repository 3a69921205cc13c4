import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { DecisionView } from "./decisionView";
import type { Metrics } from "./metrics";
import { page, pageSecurityPolicy } from "./page";

/** Ticks with actions that the page shows. */
const HISTORY_LENGTH = 50;

/** Whether the agent does its work, with a sentence when it does not. */
export interface Health {
  readonly healthy: boolean;
  readonly text: string;
}

/** What the last ticks decided, for `/decision` and the page. */
export class DecisionHistory {
  #latest: DecisionView | undefined;
  #history: DecisionView[] = [];

  add(view: DecisionView): void {
    this.#latest = view;
    if (view.actions.length > 0) {
      this.#history = [view, ...this.#history].slice(0, HISTORY_LENGTH);
    }
  }

  /** The newest tick, and the last ones that did something, newest first. */
  toJson(): string {
    return JSON.stringify({ latest: this.#latest ?? null, history: this.#history.map(({ at, tick, actions }) => ({ at, tick, actions })) });
  }
}

/** What the server shows. */
export interface HttpServerSources {
  readonly metrics: Metrics;
  readonly history: DecisionHistory;
  readonly health: () => Health;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Serves `/metrics`, `/healthz`, `/decision` and the page at `/`. Read-only: there is nothing that a request could change. It has no authentication, so it
 * listens on loopback unless scrapers are named, and shows no secret.
 *
 * @throws when the port is taken.
 */
export async function startHttpServer(sources: HttpServerSources, { host, port }: { host: string; port: number }): Promise<Server> {
  const server = createServer((request, response) => {
    answer(sources, request).then(
      (found) => send(request, response, found),
      () => send(request, response, { status: 500, type: "text/plain", body: "internal error\n" }),
    );
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server;
}

/** Ends the server and every open connection at once. */
export async function stopHttpServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function answer({ metrics, history, health }: HttpServerSources, request: IncomingMessage): Promise<Answer> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, type: "text/plain", body: "only GET\n", headers: { allow: "GET, HEAD" } };
  }
  const [path] = (request.url ?? "/").split("?", 1);
  switch (path ?? "/") {
    case "/":
      return { status: 200, type: "text/html; charset=utf-8", body: page, headers: { "content-security-policy": pageSecurityPolicy } };
    case "/metrics":
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    case "/decision":
      return { status: 200, type: "application/json", body: history.toJson() };
    case "/healthz": {
      const { healthy, text } = health();
      return { status: healthy ? 200 : 503, type: "application/json", body: JSON.stringify({ healthy, text }) };
    }
    default:
      return { status: 404, type: "text/plain", body: "not here\n" };
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, body, headers }: Answer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
