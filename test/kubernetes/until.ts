import { setTimeout as sleep } from "node:timers/promises";

/** Looks until there is an answer; the test's own time is the bound. */
export async function until<Answer>(look: () => Promise<Answer | false | undefined>, everyMs = 50): Promise<Answer> {
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(everyMs);
  }
}
