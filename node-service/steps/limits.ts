import { describeFailure, type MachineAccess } from "../machineAccess";

/** Ray opens a file per connection and per object: with fewer, large clusters fail in ways that are hard to read. */
const REQUIRED_OPEN_FILES = 65_535;
/** Enough for a few hundred workers; below it not even a small head is safe. */
const LEAST_OPEN_FILES = 4096;

export interface OpenFileLimits {
  readonly soft: number;
  readonly hard: number;
}

/** The line `Max open files` of `/proc/self/limits`. @throws Error when the text has none */
export function parseOpenFileLimits(limits: string): OpenFileLimits {
  const match = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits);
  if (match === null) throw new Error("/proc/self/limits: has no line `Max open files`; got a text without it; expected one.");
  const numberOf = (text: string | undefined): number => (text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text));
  return { soft: numberOf(match[1]), hard: numberOf(match[2]) };
}

/**
 * Makes sure that Ray may open enough files: children get the limits of this process, which `prlimit` raises.
 *
 * Where the machine shows its host's limits as it shows its host's hardware (`sizeIsStated`), the host's hard limit is taken as it is when it
 * cannot be raised, and that is said.
 * @throws Error when there are too few
 */
export async function raiseOpenFiles(machine: MachineAccess, input: { processId: number; sizeIsStated: boolean }): Promise<void> {
  const read = async (): Promise<OpenFileLimits> => parseOpenFileLimits((await machine.files.read("/proc/self/limits")) ?? "");
  const before = await read();
  if (before.soft >= REQUIRED_OPEN_FILES) return;
  const wanted = Math.max(before.hard, REQUIRED_OPEN_FILES);
  const raise = async (limit: number): Promise<string | undefined> => {
    const range = Number.isFinite(limit) ? `${limit}:${limit}` : `${REQUIRED_OPEN_FILES}:`;
    const command = ["prlimit", "--pid", String(input.processId), `--nofile=${range}`];
    const result = await machine.shell.run(command, { timeoutSeconds: 10 });
    return result.code === 0 ? undefined : describeFailure(command.join(" "), result);
  };
  const problem = await raise(wanted);
  const after = await read();
  if (after.soft >= REQUIRED_OPEN_FILES) return;
  if (input.sizeIsStated && after.hard >= LEAST_OPEN_FILES) {
    await raise(after.hard);
    machine.log("open-files-low", { limit: after.hard, expected: REQUIRED_OPEN_FILES, reason: problem ?? "the host allows no more" });
    return;
  }
  throw new Error(
    `open files: the limit is too low; got ${after.soft}; expected ${REQUIRED_OPEN_FILES} or more. ` +
      `Raise LimitNOFILE of the unit, or the image's hard limit. ${problem ?? ""}`.trim(),
  );
}
