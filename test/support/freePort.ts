import { once } from "node:events";
import { createServer } from "node:net";

/** A port of loopback that nobody listens on at the moment, for a server that takes its port from an argument. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
