import { describe, expect, it } from "vitest";
import { fitsOnDevices } from "../../../bench/decide/devices";

describe("fitsOnDevices", () => {
  it.each([
    ["GPU", 2, [{ amount: 0.6, times: 2 }], true],
    ["GPU", 2, [{ amount: 0.6, times: 3 }], false],
    [
      "GPU",
      1,
      [
        { amount: 0.4, times: 1 },
        { amount: 0.6, times: 1 },
      ],
      true,
    ],
    [
      "GPU",
      2,
      [
        { amount: 0.1, times: 10 },
        { amount: 1, times: 1 },
      ],
      true,
    ],
    [
      "GPU",
      2,
      [
        { amount: 0.1, times: 1 },
        { amount: 2, times: 1 },
      ],
      false,
    ],
    ["odd", 1, [{ amount: 0.6, times: 3 }], true],
  ])("of %s, %d devices and %j is %s", (resource, devices, pieces, isFit) => {
    expect(fitsOnDevices(resource, devices, pieces)).toBe(isFit);
  });
});
