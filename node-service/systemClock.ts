import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./machineAccess";

/** Time of this process. */
export const systemClock: Clock = {
  epochMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (seconds, signal) => delay(seconds * 1000, undefined, { signal }).catch(() => undefined),
};
