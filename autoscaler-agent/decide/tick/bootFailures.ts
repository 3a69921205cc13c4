import type { EndCause, InstanceAssessment } from "./instances";
import type { GroupMemory, InstanceMemory, Memory } from "./memory";
import { isProven, livedMs, STABLE_AFTER_MS } from "./nodeLife";

/** So many machines in a row that never became a node pause their group. */
const FAILURES_TO_PAUSE = 3;

/** Machines that were launched within this time of one another were launched alike: what one of them can, the others could. */
const SAME_LAUNCH_MS = 60_000;

/** Of a console the last lines stand in a sentence, in lines and characters: the record of the end has more. */
const LINES_TOLD = 3;
const LETTERS_TOLD = 240;

/** A machine that is, or was just, ended: for why, and what was known of it. */
interface Ended {
  readonly cause: EndCause["code"];
  readonly groupName: string;
  readonly memory: InstanceMemory | undefined;
}

/**
 * Whether an ended machine says that its group cannot be booted: it never became a node that stayed, and none that was launched with it or later did.
 * So one bad machine of a hundred pauses nothing, and a fault of the image, the network or a single zone is seen by its third machine.
 */
export function isBootFailure({ cause, groupName, memory }: Ended, others: Iterable<InstanceMemory>): boolean {
  if (!neverCameUp(cause, memory)) return false;
  const sinceMs = (memory?.startedMs ?? Number.POSITIVE_INFINITY) - SAME_LAUNCH_MS;
  for (const other of others) {
    if (other.groupName === groupName && isProven(other.stay ?? {}) && other.startedMs >= sinceMs) return false;
  }
  return true;
}

function neverCameUp(cause: EndCause["code"], memory: InstanceMemory | undefined): boolean {
  const leftAtOnce = (livedMs(memory ?? {}) ?? Number.POSITIVE_INFINITY) < STABLE_AFTER_MS;
  return cause === "never-joined" || cause === "boot-failed" || cause === "joined-and-lost" || (cause === "node-lost" && leftAtOnce);
}

/** Why a machine never became a node, with how its console ended where that is known. */
export function failureText(cause: string, consoleTail: readonly string[] = []): string {
  const ending = consoleTail.slice(-LINES_TOLD).join(" | ").slice(-LETTERS_TOLD);
  return ending === "" ? cause : `${cause}; its console ends with: ${ending}`;
}

/**
 * Why nothing more is bought in a group whose machines are about to be ended for not becoming nodes: its pause begins when they have been ended, and until
 * then none is replaced either. Undefined: there are too few of them.
 */
export function failingNow(group: GroupMemory, instances: readonly InstanceAssessment[]): string | undefined {
  const memories = instances.map(({ memory }) => memory);
  const failing = instances.filter(
    ({ endCause, memory }) =>
      endCause !== undefined && isBootFailure({ cause: endCause.code, groupName: memory.groupName, memory }, memories),
  ).length;
  const inARow = group.bootFailures + failing;
  return failing > 0 && inARow >= FAILURES_TO_PAUSE ? `${inARow} machines in a row did not become a node` : undefined;
}

/** True once so many machines of the group failed in a row that it is paused, and afterwards tried with one machine at a time. */
export function isFailing({ bootFailures }: Pick<GroupMemory, "bootFailures">): boolean {
  return bootFailures >= FAILURES_TO_PAUSE;
}

/**
 * How many machines a failing group may have after its pause: one more than it has, and none while that one has not yet stayed in Ray for long enough.
 *
 * @param kept machines that fill a place and stay, or are awaited.
 */
export function probeSize(kept: number, { awaited, instances }: { awaited: number; instances: readonly InstanceAssessment[] }): number {
  const unproven = instances.some(
    ({ phase, memory }) => (phase === "starting" || phase === "running") && memory.stay?.stableMs === undefined,
  );
  return kept + (awaited > 0 || unproven ? 0 : 1);
}

/** The other machines that the memory knows. */
export function otherMachines(memory: Memory, instanceId: string): InstanceMemory[] {
  return [...memory.instances].filter(([id]) => id !== instanceId).map(([, other]) => other);
}
