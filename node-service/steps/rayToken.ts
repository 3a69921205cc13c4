import type { TokenSecret } from "../awsCalls";
import type { MachineAccess } from "../machineAccess";

/** In memory only: `/run` is gone after a reboot and in no snapshot of a disk. */
export const TOKEN_FILE = "/run/rayfleet/token";
const POLL_SECONDS = 3;

/** The head's way: use the value that is there, or make one. Two heads that start at once end with the same. */
export async function makeToken(secret: TokenSecret, random: () => string): Promise<string> {
  const present = await secret.read();
  if (present !== undefined) return present;
  await secret.offer(random());
  const stored = await secret.read();
  if (stored === undefined)
    throw new Error("token: was written and is not there; got no value; expected the one just stored. Look at the secret's versions.");
  return stored;
}

/**
 * A worker's way: wait until the head has made the value. A refusal is not waited out.
 *
 * @throws Error after `timeoutSeconds`
 */
export async function awaitToken(machine: MachineAccess, secret: TokenSecret, timeoutSeconds: number): Promise<string> {
  const untilMs = machine.clock.monotonicMs() + timeoutSeconds * 1000;
  for (;;) {
    const value = await secret.read();
    if (value !== undefined) return value;
    if (machine.stop.aborted) throw new Error("token: the service was told to stop while it waited.");
    if (machine.clock.monotonicMs() >= untilMs) {
      throw new Error(`token: the head has made none; got no value in ${timeoutSeconds} s; expected one. Look at the head's boot report.`);
    }
    machine.log("token-awaited", {});
    await machine.clock.sleep(POLL_SECONDS, machine.stop);
  }
}

/** Writes the token where Ray and the agent read it, for their user only. It is never logged. */
export async function storeToken(machine: MachineAccess, token: string): Promise<void> {
  await machine.files.makeFolder("/run/rayfleet", 0o700);
  await machine.files.write(TOKEN_FILE, token, 0o600);
}
