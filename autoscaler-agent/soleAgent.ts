import { once } from "node:events";
import { createServer } from "node:net";
import type { Clock } from "./clock";

/** Between two tries to be the only one. */
const TRY_EVERY_MS = 1_000;

/** Who wants to be the only agent, and of what. */
export interface SoleAgentOptions {
  /** Of the Ray that is sized: each may have an agent of its own on this machine. */
  readonly gcsAddress: string;
  readonly clock: Clock;
  /** Called once when another agent is there already. */
  readonly onOther: () => void;
}

/**
 * Waits until no other agent of this Ray runs on this machine; from then on none can start to work beside this one, as long as this process lives.
 *
 * The lock is a name that the kernel gives to one process and takes back when that process is gone, however it ended: an abstract Unix socket, which is no file and no
 * port. An agent that was stopped for an hour still has it, so that none works beside it when it wakes up. The head has a fixed address, so that there is no second machine.
 *
 * @throws when the name cannot be had for another reason.
 */
export async function becomeSoleAgent({ gcsAddress, clock, onOther }: SoleAgentOptions, signal: AbortSignal): Promise<void> {
  // Other systems have no such names; agents run there in development only.
  if (process.platform !== "linux") return;
  for (let tries = 0; !signal.aborted; tries += 1) {
    if (await take(`\0rayfleet-agent:${gcsAddress}`)) return;
    if (tries === 0) onOther();
    await clock.sleep(TRY_EVERY_MS, signal);
  }
}

/** Takes the name for this process. False: another process has it. */
async function take(path: string): Promise<boolean> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(path);
    await once(server, "listening");
    server.unref();
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE") return false;
    throw thrown;
  }
}
