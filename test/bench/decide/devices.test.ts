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
    [
      "GPU",
      2,
      // 0.5, 0.3 and 0.2, and 0.4, 0.4 and 0.2: the largest first does not find it.
      [0.5, 0.4, 0.4, 0.3, 0.2, 0.2].map((amount) => ({ amount, times: 1 })),
      true,
    ],
    ["odd", 1, [{ amount: 0.6, times: 3 }], true],
  ])("of %s, %d devices and %j is %s", (resource, devices, pieces, isFit) => {
    expect(fitsOnDevices(resource, devices, pieces)).toBe(isFit);
  });
});
