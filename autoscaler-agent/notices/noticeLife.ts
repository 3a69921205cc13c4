import type { MachineNotice } from "../decide/tick/machineNotices";
import type { KnownMachines } from "./noticeSource";

/** A machine that is still there so long after its time was spared, and its notice forgotten. */
const FORGET_AFTER_MS = 300_000;

/** True when the notice is about one of these machines, and its time is not long over. */
export function isOfUse(notice: MachineNotice, machines: KnownMachines, nowMs: number): boolean {
  return machines.instanceIds.has(notice.instanceId) && !isExpired(notice, nowMs);
}

/** True when the notice's time is long over. One without a time never is. */
export function isExpired({ deadlineMs }: MachineNotice, nowMs: number): boolean {
  return deadlineMs !== undefined && nowMs - deadlineMs >= FORGET_AFTER_MS;
}
