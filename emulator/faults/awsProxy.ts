import { once } from "node:events";
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type AwsCall, awsCallOf, awsErrorBody } from "./awsCall";
import type { AwsFault, AwsRule } from "./faultKinds";
import { listenOn } from "./listenOn";
import type { Tally } from "./tally";

interface Reply {
  readonly message: IncomingMessage;
  readonly body: Buffer;
}

/** The AWS API with faults: hands every call on to the real endpoint, but for those that a rule is for. Rules may change at any time. */
export class AwsProxy {
  rules: readonly AwsRule[] = [];
  readonly #server: Server;
  readonly #upstream: URL;
  readonly #tally: Tally;

  /** @param upstream address of the real endpoint, over plain HTTP */
  constructor(upstream: URL, tally: Tally) {
    this.#upstream = upstream;
    this.#tally = tally;
    this.#server = createServer((incoming, answer) => {
      // Whoever gave up meanwhile needs no answer, and an endpoint that is away is a reset.
      this.#pass(incoming, answer).catch(() => reset(incoming.socket));
    });
  }

  /** @returns the port, chosen by the system when it is 0 */
  async listen(port: number, host: string): Promise<number> {
    return await listenOn(this.#server, port, host);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { method = "GET", url: path = "/", headers } = incoming;
    const call = awsCallOf({ method, path, headers, body: body.toString("latin1") });
    this.#tally.call(call.action);
    const rule = this.rules.find((candidate) => fits(candidate, call));
    if (rule === undefined) return send(answer, await this.#forward(incoming, body));
    this.#tally.injected(`${call.action} ${describe(rule.fault)}`);
    await this.#spoil(rule.fault, call, { incoming, answer, body });
  }

  async #spoil(
    fault: AwsFault,
    call: AwsCall,
    { incoming, answer, body }: { incoming: IncomingMessage; answer: ServerResponse; body: Buffer },
  ): Promise<void> {
    switch (fault.kind) {
      case "latency":
        await sleep(fault.ms);
        return send(answer, await this.#forward(incoming, body));
      case "error": {
        const { type, body: text } = awsErrorBody(call, fault.code);
        answer.writeHead(fault.status, { "content-type": type, "content-length": Buffer.byteLength(text) });
        return void answer.end(text);
      }
      case "drop-reply":
        await this.#forward(incoming, body);
        return reset(incoming.socket);
      case "half-body": {
        const reply = await this.#forward(incoming, body);
        return send(answer, { ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) });
      }
      case "reset":
        return reset(incoming.socket);
      case "silence":
        return;
    }
  }

  async #forward(incoming: IncomingMessage, body: Buffer): Promise<Reply> {
    const call: ClientRequest = request(new URL(incoming.url ?? "/", this.#upstream), {
      method: incoming.method ?? "GET",
      headers: { ...endToEnd(incoming.headers), host: this.#upstream.host, "content-length": body.length },
      agent: false,
    });
    const replied = once(call, "response") as Promise<[IncomingMessage]>;
    call.end(body);
    const [message] = await replied;
    return { message, body: await buffer(message) };
  }
}

function fits({ service, actions }: AwsRule, call: AwsCall): boolean {
  return (service === undefined || service === call.service) && (actions === undefined || actions.includes(call.action));
}

function describe(fault: AwsFault): string {
  return fault.kind === "error" ? fault.code : fault.kind;
}

function send(answer: ServerResponse, { message, body }: Reply): void {
  answer.writeHead(message.statusCode ?? 502, { ...endToEnd(message.headers), "content-length": body.length });
  answer.end(body);
}

/** Headers that are about one connection; `content-length` is set anew. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function reset(socket: Socket): void {
  socket.resetAndDestroy();
}
