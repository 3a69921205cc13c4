import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IdleTimeoutFacts, idleTimeout } from "../../../../autoscaler-agent/decide/tick/idleTimeout";

function facts(overrides: Partial<IdleTimeoutFacts> = {}): IdleTimeoutFacts {
  return { set: "auto", scheduled: undefined, pricePerHourUsd: 0.5, bootSeconds: 100, regretWeight: 0, ...overrides };
}

describe("idleTimeout", () => {
  it("is what the stack file says, without a word about it", () => {
    expect(idleTimeout(facts({ set: 300 }))).toEqual({ seconds: 300 });
  });

  it("is what a schedule says before anything else", () => {
    expect(idleTimeout(facts({ set: 300, scheduled: 45 }))).toEqual({ seconds: 45, why: "A schedule sets the time-out to 45 s." });
  });

  it.each([
    [0.5, 100, 300, "keeping it for three boot times costs as much as its boot and the wait"],
    [0.1, 100, 1100, "a cheap node is kept for long"],
    [50, 100, 102, "a dear one for little more than its boot time"],
    [50, 10, 30, "never shorter than 30 s"],
    [0.01, 600, 1800, "never longer than 30 min"],
  ])("is worked out: at $%f an hour and %i s of boot %i s, %s", (pricePerHourUsd, bootSeconds, seconds) => {
    expect(idleTimeout(facts({ pricePerHourUsd, bootSeconds })).seconds).toBe(seconds);
  });

  it("says how it was worked out", () => {
    expect(idleTimeout(facts()).why).toBe(
      "A node costs $0.50 an hour and takes 100 s to come back; it is kept for 300 s, while that costs less than getting it back.",
    );
  });

  it.each([
    [{ bootSeconds: undefined }, "how long a node takes to come"],
    [{ pricePerHourUsd: undefined }, "what a node costs"],
    [{ pricePerHourUsd: 0 }, "what a node costs"],
  ])("takes what is not known for unknown, not for zero: %j", (unknown, words) => {
    expect(idleTimeout(facts(unknown))).toEqual({ seconds: 300, why: `The time-out is 300 s, because it is not known yet ${words}.` });
  });

  it("is half as long again for each regret, and says so", () => {
    expect(idleTimeout(facts({ set: 100, regretWeight: 1 }))).toEqual({
      seconds: 150,
      why: "It is 150 s instead of 100 s, because nodes were wanted back right after they had been ended.",
    });
    expect(idleTimeout(facts({ set: 100, regretWeight: 2 })).seconds).toBe(225);
    expect(idleTimeout(facts({ set: 300, scheduled: 40, regretWeight: 1 })).why).toBe(
      "A schedule sets the time-out to 40 s. It is 60 s instead of 40 s, because nodes were wanted back right after they had been ended.",
    );
  });

  it("is lengthened up to half an hour, and never shortened to it", () => {
    expect(idleTimeout(facts({ set: 1500, regretWeight: 3 })).seconds).toBe(1800);
    expect(idleTimeout(facts({ set: 7200, regretWeight: 3 }))).toEqual({ seconds: 7200 });
  });

  const price = fc.double({ min: 0.001, max: 200, noNaN: true });
  const boot = fc.double({ min: 0.1, max: 7200, noNaN: true });
  const weight = fc.double({ min: 0, max: 4, noNaN: true });

  it("stays between 30 s and 30 min when it is worked out", () => {
    fc.assert(
      fc.property(price, boot, weight, (pricePerHourUsd, bootSeconds, regretWeight) => {
        const { seconds } = idleTimeout(facts({ pricePerHourUsd, bootSeconds, regretWeight }));
        return seconds >= 30 && seconds <= 1800 && Number.isInteger(seconds);
      }),
    );
  });

  it("grows with boot time and regrets, and shrinks with the price", () => {
    fc.assert(
      fc.property(price, boot, weight, fc.double({ min: 1, max: 10, noNaN: true }), (pricePerHourUsd, bootSeconds, regretWeight, times) => {
        const of = (overrides: Partial<IdleTimeoutFacts>) =>
          idleTimeout(facts({ pricePerHourUsd, bootSeconds, regretWeight, ...overrides })).seconds;
        const here = of({});
        return (
          of({ bootSeconds: bootSeconds * times }) >= here &&
          of({ regretWeight: regretWeight * times }) >= here &&
          of({ pricePerHourUsd: pricePerHourUsd * times }) <= here
        );
      }),
    );
  });
});
