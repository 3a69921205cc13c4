import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type MetadataSource, metadataAnswer } from "./metadata";

const TOKEN_HEADER = "x-aws-ec2-metadata-token";
const TTL_HEADER = "x-aws-ec2-metadata-token-ttl-seconds";
/** EC2's limits for a token's life, in seconds. */
const SHORTEST_TTL = 1;
const LONGEST_TTL = 21_600;

/**
 * The instance metadata service of one machine, version 2 only: a token by PUT first, then the token with every question.
 *
 * `source` is asked anew for each request, so that tags, credentials and notices are those of the moment.
 */
export function createMetadataServer(source: () => Promise<MetadataSource>): Server {
  const validUntil = new Map<string, number>();
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const path = decodeURIComponent(new URL(incoming.url ?? "/", "http://metadata").pathname);
    if (path === "/latest/api/token") {
      issueToken(incoming, answer, validUntil);
    } else if (!isValid(incoming.headers[TOKEN_HEADER], validUntil)) {
      reply(answer, 401, "");
    } else if (incoming.method !== "GET" && incoming.method !== "HEAD") {
      reply(answer, 405, "");
    } else {
      const text = metadataAnswer(await source(), path.replace(/^\/latest\/?/, ""));
      if (text === undefined) reply(answer, 404, "");
      else reply(answer, 200, text);
    }
  };
  return createServer((incoming, answer) => {
    handle(incoming, answer).catch((error: unknown) => reply(answer, 500, String(error)));
  });
}

function issueToken(incoming: IncomingMessage, answer: ServerResponse, validUntil: Map<string, number>): void {
  const seconds = Number(incoming.headers[TTL_HEADER]);
  if (incoming.method !== "PUT") {
    reply(answer, 405, "");
  } else if (incoming.headers["x-forwarded-for"] !== undefined) {
    // EC2 gives no token to a request that came through a proxy.
    reply(answer, 403, "");
  } else if (!Number.isInteger(seconds) || seconds < SHORTEST_TTL || seconds > LONGEST_TTL) {
    reply(answer, 400, "");
  } else {
    const token = randomBytes(40).toString("base64");
    validUntil.set(token, Date.now() + seconds * 1000);
    answer.setHeader(TTL_HEADER, String(seconds));
    reply(answer, 200, token);
  }
}

function isValid(token: string | string[] | undefined, validUntil: Map<string, number>): boolean {
  const now = Date.now();
  for (const [each, until] of validUntil) if (until <= now) validUntil.delete(each);
  return typeof token === "string" && validUntil.has(token);
}

function reply(answer: ServerResponse, status: number, text: string): void {
  answer.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) });
  answer.end(text);
}
