import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../autoscaler-agent/decide/decide";
import { deviceShare } from "../../../autoscaler-agent/decide/deviceShare";
import { aDemand, aGroup, aRequest, launchedOf } from "../../support/decisionBuilders";

const device = 10_000;

/** Shares out the pieces in every way, each on one device. */
function fitsOnDevices(pieces: readonly number[], free: readonly number[]): boolean {
  const [piece, ...others] = pieces;
  if (piece === undefined) return true;
  return free.some((room, at) => room >= piece && free.indexOf(room) === at && fitsOnDevices(others, free.with(at, room - piece)));
}

describe("deviceShare", () => {
  it.each([
    [0.6, 1],
    [0.5, 0.5],
    [0.4, 0.5],
    [0.3, 0.3333],
    [0.25, 0.25],
    [0.0001, 0.0001],
    [1, 1],
    [1.5, 2],
    [4, 4],
  ])("of %d is %d", (amount, share) => {
    expect(deviceShare(amount * device, device)).toBe(Math.round(share * device));
  });

  it("lets as many pieces on a few devices as can be put there one by one", () => {
    const pieces = fc.integer({ min: 2000, max: device });
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 3 }), (units, devices) => {
        const fit = Math.floor((devices * device) / deviceShare(units, device));
        const free = Array.from({ length: devices }, () => device);
        const alike = (count: number) => Array.from({ length: count }, () => units);
        expect(fitsOnDevices(alike(fit), free)).toBe(true);
        expect(fitsOnDevices(alike(fit + 1), free)).toBe(false);
      }),
    );
  });

  it("never lets more on one device than fits, whatever is mixed", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: device }), { minLength: 1, maxLength: 8 }), (pieces) => {
        fc.pre(pieces.reduce((sum, units) => sum + deviceShare(units, device), 0) <= device);
        expect(fitsOnDevices(pieces, [device])).toBe(true);
      }),
    );
  });
});

describe("decide for fractions of a device", () => {
  const groups = [aGroup({ groupName: "gpu", resources: { CPU: 64, GPU: 2, TPU: 2, odd: 2 } })];
  it.each([
    [{ GPU: 0.6 }, 4, 2],
    [{ GPU: 0.5 }, 4, 1],
    [{ GPU: 0.3 }, 6, 1],
    [{ GPU: 0.3 }, 7, 2],
    [{ GPU: 1.5 }, 2, 2],
    [{ TPU: 0.6 }, 4, 2],
    [{ odd: 0.6 }, 3, 1],
  ])("of %j takes %d pieces to %d nodes", (shape, count, nodes) => {
    expect(launchedOf(decide(aRequest({ groups, demands: [aDemand(count, { shape })] })))).toEqual({ gpu: nodes });
  });

  it("places what fits on the rest of a device that is in use", () => {
    const node = { id: "n", groupName: "gpu", state: "running" as const, total: { CPU: 64, GPU: 1 }, available: { CPU: 60, GPU: 0.7 } };
    const request = aRequest({ groups, nodes: [node], demands: [aDemand(2, { shape: { GPU: 0.3 } })] });
    expect(launchedOf(decide(request))).toEqual({});
  });

  it("keeps the lower bound under a mixture that shares devices", () => {
    const demands = [aDemand(2, { shape: { GPU: 0.6 } }), aDemand(2, { shape: { GPU: 0.4 } })];
    const [group] = groups;
    const { lowerBoundPerHourUsd } = decide(aRequest({ groups, demands }));
    expect(lowerBoundPerHourUsd).toBeLessThanOrEqual(group?.pricePerHourUsd ?? 0);
  });
});
