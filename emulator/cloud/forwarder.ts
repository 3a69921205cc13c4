import { connect, createServer, type Server, type Socket } from "node:net";

/** How many further ports are tried when the preferred one is taken. */
const PORTS_TRIED = 50;

export interface ForwardTarget {
  readonly preferredPort: number;
  readonly socketPath: string;
  /** Sent first on every connection: tells a machine's relay which of its ports is meant. */
  readonly greeting?: string;
}

/**
 * Listens at 127.0.0.1 and joins every connection to a Unix socket. Takes the preferred port or the next free one.
 *
 * @throws Error when none of 50 ports is free
 */
export async function startForward(target: ForwardTarget): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer({ allowHalfOpen: true }, (near) => join(near, target));
  for (let port = target.preferredPort; port < target.preferredPort + PORTS_TRIED; port += 1) {
    if (await listens(server, port)) return { port, server };
  }
  throw new Error(
    `forward: no free port at 127.0.0.1; got ${target.preferredPort} to ${target.preferredPort + PORTS_TRIED - 1} taken; ` +
      "expected one of them to be free. End what uses them.",
  );
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    };
    server.once("error", refused);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", refused);
      resolve(true);
    });
  });
}

function join(near: Socket, target: ForwardTarget): void {
  const far = connect({ path: target.socketPath, allowHalfOpen: true });
  // A machine that is gone, or a caller who leaves, ends both sides; neither is a fault of the cloud.
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
  if (target.greeting !== undefined) far.write(target.greeting);
  near.pipe(far);
  far.pipe(near);
}
