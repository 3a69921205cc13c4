import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";

/** Starts a server. Returns the port, chosen by the system when 0 is asked for. */
export async function listenOn(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
