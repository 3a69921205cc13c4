import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { TcpFault } from "./faultKinds";
import { listenOn } from "./listenOn";
import type { Tally } from "./tally";

/** Both ends of one connection that passes through. */
interface Link {
  readonly near: Socket;
  readonly far: Socket;
  /** The far end has forgotten it. */
  halfOpen: boolean;
}

interface Direction {
  readonly to: Socket;
  /** On their way and not there yet. */
  readonly late: Buffer[];
}

/** Connections with faults: relays bytes to the real server. The fault may change at any time and holds for open connections, too. */
export class TcpProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #upstream: { readonly host: string; readonly port: number };
  readonly #tally: Tally;
  readonly #name: string;
  #fault: TcpFault | undefined;

  /** @param name in the counts, for example `GCS` */
  constructor(upstream: { readonly host: string; readonly port: number }, tally: Tally, name: string) {
    this.#upstream = upstream;
    this.#tally = tally;
    this.#name = name;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => this.#accept(near));
  }

  /** What is wrong from now on; undefined: nothing. */
  set fault(fault: TcpFault | undefined) {
    this.#fault = fault;
    for (const link of this.#links) this.#afflict(link);
  }

  /** @returns the port, chosen by the system when it is 0 */
  async listen(port: number, host: string): Promise<number> {
    return await listenOn(this.#server, port, host);
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const { near, far } of this.#links) {
      near.destroy();
      far.destroy();
    }
    await once(this.#server, "close");
  }

  #accept(near: Socket): void {
    const far = connect(this.#upstream);
    const link: Link = { near, far, halfOpen: false };
    this.#links.add(link);
    this.#join(link, near, far);
    this.#join(link, far, near);
    // To a new connection a server that has forgotten the old ones is as good as ever.
    if (this.#fault?.kind === "half-open") near.resume();
    else this.#afflict(link);
  }

  #join(link: Link, from: Socket, to: Socket): void {
    const direction: Direction = { to, late: [] };
    from.on("data", (piece) => this.#relay(link, direction, piece));
    from.on("end", () => void (link.halfOpen || to.end()));
    from.on("error", () => undefined);
    from.on("close", () => {
      if (link.halfOpen && from === link.far) return;
      to.destroy();
      this.#links.delete(link);
    });
  }

  #afflict(link: Link): void {
    const { near, far } = link;
    const kind = this.#fault?.kind;
    switch (kind) {
      case undefined:
        break;
      case "reset":
        this.#tally.injected(`${this.#name} reset`);
        near.resetAndDestroy();
        return;
      case "silence":
        this.#tally.injected(`${this.#name} silence`);
        near.pause();
        far.pause();
        return;
      case "half-open":
        this.#tally.injected(`${this.#name} half-open`);
        link.halfOpen = true;
        far.destroy();
        near.resume();
        return;
      case "latency":
        this.#tally.injected(`${this.#name} latency`);
    }
    near.resume();
    far.resume();
  }

  #relay(link: Link, { to, late }: Direction, piece: Buffer): void {
    if (link.halfOpen) return;
    late.push(piece);
    if (this.#fault?.kind === "latency") {
      setTimeout(() => {
        const next = late.shift();
        if (next !== undefined) to.write(next);
      }, this.#fault.ms);
      return;
    }
    // What is late still goes first.
    for (const next of late.splice(0)) to.write(next);
  }
}
