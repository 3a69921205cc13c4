import { describe, expect, it } from "vitest";
import { awaitHeadOrEnd } from "../../node-service/orphanWait";
import { SleepingClock } from "../support/fakeMachine";

function wait(input: { headAnswers: (seconds: number) => boolean; end: () => Promise<void> }): {
  done: Promise<void>;
  clock: SleepingClock;
  stop: AbortController;
} {
  const clock = new SleepingClock();
  const stop = new AbortController();
  const beganMs = clock.nowMs;
  const done = awaitHeadOrEnd({
    clock,
    stop: stop.signal,
    log: () => undefined,
    orphanTimeoutSeconds: 600,
    headAnswers: async () => input.headAnswers((clock.nowMs - beganMs) / 1000),
    endMachine: input.end,
  });
  return { done, clock, stop };
}

describe("awaitHeadOrEnd", () => {
  it("returns as soon as the head answers, and ends nothing", async () => {
    let ended = 0;
    const { done, clock } = wait({
      headAnswers: (seconds) => seconds >= 300,
      end: async () => {
        ended += 1;
      },
    });
    await done;
    expect(ended).toBe(0);
    expect(clock.nowMs).toBe(1_300_000);
  });

  it("ends the machine after orphanTimeoutSeconds, and asks again every 30 s when refused", async () => {
    const askedAt: number[] = [];
    const run = wait({
      headAnswers: () => false,
      end: () => {
        askedAt.push((run.clock.nowMs - 1_000_000) / 1000);
        if (askedAt.length === 3) run.stop.abort();
        return Promise.reject(new Error("Throttling"));
      },
    });
    await run.done;
    expect(askedAt).toEqual([600, 630, 660]);
  });
});
