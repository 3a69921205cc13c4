import type { Clock, Log } from "./machineAccess";

const PROBE_SECONDS = 5;
const END_RETRY_SECONDS = 30;

/**
 * For a worker that could not start: returns as soon as the head answers (then the agent sees the boot report and ends the machine, or the
 * service is started again), and ends the machine when the head stays away.
 */
export async function awaitHeadOrEnd(input: {
  clock: Clock;
  log: Log;
  stop: AbortSignal;
  orphanTimeoutSeconds: number;
  headAnswers: () => Promise<boolean>;
  endMachine: () => Promise<void>;
}): Promise<void> {
  const { clock, log, stop } = input;
  const lostSinceMs = clock.monotonicMs();
  while (!stop.aborted) {
    if (await input.headAnswers()) return;
    const isOrphan = clock.monotonicMs() - lostSinceMs >= input.orphanTimeoutSeconds * 1000;
    if (isOrphan) {
      log("ending-machine", { reason: `could not start, and no head for ${input.orphanTimeoutSeconds} s` });
      await input.endMachine().catch((error: unknown) => {
        log("ending-machine-refused", { error: error instanceof Error ? error.message : String(error) });
      });
    }
    await clock.sleep(isOrphan ? END_RETRY_SECONDS : PROBE_SECONDS, stop);
  }
}
