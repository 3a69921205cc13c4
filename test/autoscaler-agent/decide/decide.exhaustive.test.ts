import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import { leastCostOfAllUsd, tinyRequest, unservedOf } from "../../support/tinyRequests";

/**
 * The same requests in every run, so that a plan which is dearer than it was shows, and chance does not.
 *
 * Measured on four larger sets, 6,376 requests that can be served whole: 3 were not, 21 cost more than the least (0.3 %), the mean was 0.13 % over it, the
 * worst 2.3 times as much. The worst are gangs: their nodes are chosen before the work that could have shared them.
 */
const requests = fc.sample(tinyRequest, { numRuns: 1500, seed: 4 });

const mostNotServed = 0.002;
const mostDearer = 0.008;
const mostMeanOver = 0.003;
const mostOver = 2.3;

const judged = requests.flatMap((request) => {
  const leastUsd = leastCostOfAllUsd(request);
  return leastUsd === undefined ? [] : [{ request, leastUsd, reply: decide(request) }];
});
const served = judged.filter(({ reply }) => unservedOf(reply) === 0);
const ratios = served.map(({ reply, leastUsd }) => reply.costPerHourUsd / leastUsd);

describe("decide, held against a solver that tries every launch", () => {
  it("is judged by hundreds of requests of every kind", () => {
    expect(judged.length).toBeGreaterThan(500);
    expect(judged.filter(({ request }) => request.gangs.length > 0).length).toBeGreaterThan(100);
    expect(judged.filter(({ request }) => request.nodes.length > 0).length).toBeGreaterThan(100);
    expect(judged.filter(({ request }) => request.groups.length > 1).length).toBeGreaterThan(100);
    expect(new Set(judged.map(({ request }) => Object.keys(request.limits).join())).size).toBe(4);
  });

  it("serves all that can be served, but for one in a thousand", () => {
    expect((judged.length - served.length) / judged.length).toBeLessThan(mostNotServed);
  });

  it("never costs less than the least: then it would not serve what it says", () => {
    expect(served.filter(({ reply, leastUsd }) => reply.costPerHourUsd < leastUsd - 1e-9)).toEqual([]);
  });

  it("names a lower bound that is one", () => {
    expect(served.filter(({ reply, leastUsd }) => reply.lowerBoundPerHourUsd > leastUsd + 1e-9)).toEqual([]);
  });

  it("costs the least nearly always, and little more on average", () => {
    expect(ratios.filter((ratio) => ratio > 1 + 1e-9).length / ratios.length).toBeLessThan(mostDearer);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(1 + mostMeanOver);
    expect(Math.max(...ratios)).toBeLessThan(mostOver);
  });
});
