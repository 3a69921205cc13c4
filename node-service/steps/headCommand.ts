import type { MachineAccess } from "../machineAccess";

/** Where a person on the head finds the `rayfleet` command. */
export const COMMAND_FILE = "/usr/local/bin/rayfleet";

/**
 * Makes the `rayfleet` command callable by its name, for whoever looks at the agent's decisions on the head. One that cannot be written is logged: Ray and the agent do
 * without it.
 */
export async function provideCommand(
  machine: Pick<MachineAccess, "files" | "log">,
  program: { node: string; script: string },
): Promise<void> {
  try {
    await machine.files.write(COMMAND_FILE, `#!/bin/sh\nexec '${program.node}' '${program.script}' "$@"\n`, 0o755);
  } catch (error) {
    machine.log("command-not-provided", { file: COMMAND_FILE, error: error instanceof Error ? error.message : String(error) });
  }
}
