import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "./clock";

/** The machine's own clocks. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await wait(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
  },
};
