import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Limiter } from "../../../emulator/engine/limiter";

describe("Limiter", () => {
  it("never runs more at once than it may, and runs everything", async () => {
    const tasks = fc.array(fc.record({ delayMs: fc.nat(3), fails: fc.boolean() }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), tasks, async (limit, wanted) => {
        const limiter = new Limiter(limit);
        let running = 0;
        let most = 0;
        const results = wanted.map(({ delayMs, fails }) =>
          limiter.run(async () => {
            running += 1;
            most = Math.max(most, running);
            await sleep(delayMs);
            running -= 1;
            if (fails) throw new Error("no");
            return 1;
          }),
        );
        const settled = await Promise.allSettled(results);
        expect(settled.filter((result) => result.status === "rejected")).toHaveLength(wanted.filter(({ fails }) => fails).length);
        expect(most).toBe(Math.min(limit, wanted.length));
      }),
      { numRuns: 30 },
    );
  });
});
