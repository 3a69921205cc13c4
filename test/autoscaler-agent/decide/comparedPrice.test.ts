import { describe, expect, it } from "vitest";
import { comparedPriceUsd } from "../../../autoscaler-agent/decide/comparedPrice";

const GIB = 2 ** 30;

describe("comparedPriceUsd", () => {
  it("is the price where there is one, however rough its size makes another", () => {
    expect(comparedPriceUsd({ resources: { CPU: 64, GPU: 8 }, pricePerHourUsd: 0.25 })).toBe(0.25);
  });

  it("is a little more than nothing for a node that is free of charge, so that it is still better not launched", () => {
    const free = comparedPriceUsd({ resources: { CPU: 4 }, pricePerHourUsd: 0 });
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThan(1e-6);
  });

  it.each([
    ["a node of nothing known", {}, 0.001],
    ["CPUs", { CPU: 10 }, 0.401],
    ["memory", { memory: 100 * GIB }, 0.401],
    ["GPUs", { GPU: 2 }, 1.601],
    ["an accelerator of another kind as one", { TPU: 4 }, 0.801],
    ["all of them together", { CPU: 10, memory: 100 * GIB, GPU: 2 }, 2.401],
  ])("guesses from the size of %s", (_what, resources, usd) => {
    expect(comparedPriceUsd({ resources })).toBeCloseTo(usd, 9);
  });

  it("takes a part of a GPU for a whole one: there is a device to pay", () => {
    expect(comparedPriceUsd({ resources: { GPU: 0.5 } })).toBeCloseTo(0.801, 9);
  });
});
