import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import { lowerBoundPerHourUsd } from "../../../bench/decide/lowerBound";
import { thirtyTypesRequest } from "../../../bench/decide/scenarios";
import { aDemand, aGroup, aRequest } from "../../support/decisionBuilders";

describe("lowerBoundPerHourUsd", () => {
  it("is the price of what is needed where there is one group and one resource", () => {
    const request = aRequest({
      groups: [aGroup({ resources: { CPU: 4 }, pricePerHourUsd: 2 })],
      demands: [aDemand(10, { shape: { CPU: 1 } })],
    });
    expect(lowerBoundPerHourUsd(request)).toBeCloseTo(5, 9);
  });

  it("splits work among groups by what each has cheapest", () => {
    const groups = [
      aGroup({ groupName: "cpu", resources: { CPU: 8, memory: 8 }, pricePerHourUsd: 1 }),
      aGroup({ groupName: "memory", resources: { CPU: 2, memory: 32 }, pricePerHourUsd: 1 }),
    ];
    const demands = [aDemand(80, { shape: { CPU: 1, memory: 1 } }), aDemand(20, { shape: { CPU: 1, memory: 16 } })];
    // Ten full nodes of the first group and ten of the second hold all of it.
    expect(lowerBoundPerHourUsd(aRequest({ groups, demands }))).toBeGreaterThan(19.5);
    expect(lowerBoundPerHourUsd(aRequest({ groups, demands }))).toBeLessThanOrEqual(20);
  });

  it.each([1, 2, 3])("is not above what is bought, seed %i", (seed) => {
    const request = thirtyTypesRequest({ tasks: 1000, shapes: 10, seed });
    expect(lowerBoundPerHourUsd(request)).toBeLessThanOrEqual(decide(request).costPerHourUsd);
  });
});
