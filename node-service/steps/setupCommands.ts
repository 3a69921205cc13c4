import { createHash } from "node:crypto";
import { describeFailure, type MachineAccess } from "../machineAccess";

/** A driver or a data set may take long; something that hangs must not hold a paid machine for ever. */
const TIMEOUT_SECONDS = 1800;
/** On the disk, so that commands are not repeated after a reboot or when the service is started again. */
const DONE_FILE = "/var/lib/rayfleet/setup-commands-done";

/**
 * Runs the user's set-up commands in order, each by `sh -e` with the cluster's environment, once per machine: again only when one failed or
 * their text changed. What they print goes to `setup.log`.
 *
 * @throws Error at the first that fails, with its number and last lines
 */
export async function runSetupCommands(
  machine: MachineAccess,
  input: { commands: readonly string[]; environment: Readonly<Record<string, string>> },
): Promise<void> {
  if (input.commands.length === 0) return;
  const text = createHash("sha256").update(JSON.stringify(input.commands)).digest("hex");
  if ((await machine.files.read(DONE_FILE)) === text) {
    machine.log("setup-commands-done-before", { count: input.commands.length });
    return;
  }
  for (const [index, command] of input.commands.entries()) {
    const name = `setupCommands[${index}]`;
    const beganMs = machine.clock.monotonicMs();
    machine.log("setup-command", { name });
    const result = await machine.shell.run(["sh", "-e", "-c", command], {
      timeoutSeconds: TIMEOUT_SECONDS,
      environment: input.environment,
      logName: "setup",
    });
    if (result.code !== 0) throw new Error(describeFailure(name, result));
    machine.log("setup-command-done", { name, seconds: Math.round((machine.clock.monotonicMs() - beganMs) / 100) / 10 });
  }
  await machine.files.write(DONE_FILE, text, 0o644);
}
