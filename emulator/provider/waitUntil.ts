import { setTimeout as sleep } from "node:timers/promises";

/**
 * Asks again and again until the answer is yes.
 *
 * @throws Error when `timeoutSeconds` pass, with `what` in its text; AbortError when `signal` fires
 */
export async function waitUntil(
  what: string,
  { signal, timeoutSeconds, intervalMs = 250 }: { signal: AbortSignal; timeoutSeconds: number; intervalMs?: number },
  isDone: () => Promise<boolean>,
): Promise<void> {
  const attempts = Math.ceil((timeoutSeconds * 1000) / intervalMs);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await isDone()) return;
    await sleep(intervalMs, undefined, { signal });
  }
  throw new Error(`${what}: not done after ${timeoutSeconds} s.`);
}
