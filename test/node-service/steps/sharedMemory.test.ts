import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  LEAST_OBJECT_STORE_BYTES,
  neededSharedMemoryBytes,
  prepareSharedMemory,
  wantedObjectStoreBytes,
} from "../../../node-service/steps/sharedMemory";
import { FakeMachine } from "../../support/fakeMachine";

const GB = 1e9;

describe("wantedObjectStoreBytes", () => {
  it.each([
    ["30 % of the memory", { osMemoryBytes: 100 * GB }, 30 * GB],
    ["at most 200 GB", { osMemoryBytes: 1000 * GB }, 200 * GB],
    ["30 % of the stated memory", { osMemoryBytes: 100 * GB, statedMemoryBytes: 10 * GB }, 3 * GB],
    ["no more than the real memory's share", { osMemoryBytes: 10 * GB, statedMemoryBytes: 500 * GB }, 3 * GB],
    ["what the configuration says", { osMemoryBytes: 100 * GB, configuredBytes: 60 * GB }, 60 * GB],
    ["no more than fits", { osMemoryBytes: 100 * GB, configuredBytes: 99 * GB }, 80 * GB],
    ["the least that Ray takes", { osMemoryBytes: 0.1 * GB }, LEAST_OBJECT_STORE_BYTES],
  ])("is %s", (_, input, expected) => {
    expect(wantedObjectStoreBytes(input)).toBe(expected);
  });
});

/** A machine whose `/dev/shm` can be remounted up to `most`. */
function machineWith(size: number, most: number): FakeMachine {
  const machine = new FakeMachine((command) => {
    const wanted = Number(/size=(\d+)/.exec(command.join(" "))?.[1]);
    if (wanted > most) return { code: 32, output: "mount: permission denied" };
    machine.sizes.set("/dev/shm", wanted);
    return undefined;
  });
  machine.sizes.set("/dev/shm", size);
  return machine;
}

describe("prepareSharedMemory", () => {
  it("changes nothing when there is enough", async () => {
    const machine = machineWith(8 * GB, 8 * GB);
    expect(await prepareSharedMemory(machine, 4 * GB)).toBe(4 * GB);
    expect(machine.lines()).toEqual([]);
  });

  it("enlarges it to the store and a margin", async () => {
    const machine = machineWith(1 * GB, 100 * GB);
    expect(await prepareSharedMemory(machine, 4 * GB)).toBe(4 * GB);
    expect(machine.lines()).toEqual([`mount -o remount,size=${neededSharedMemoryBytes(4 * GB)} /dev/shm`]);
  });

  it("makes the store smaller where it may not be enlarged, and says so", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 200e6, max: 4e9 }), async (size) => {
        const machine = machineWith(size, 0);
        const store = await prepareSharedMemory(machine, 8 * GB);
        expect(neededSharedMemoryBytes(store)).toBeLessThanOrEqual(size);
        expect(machine.eventNames()).toEqual(["object-store-lowered"]);
      }),
    );
  });

  it("refuses when not even the smallest store fits", async () => {
    await expect(prepareSharedMemory(machineWith(64e6, 0), GB)).rejects.toThrow(/^\/dev\/shm: is too small for Ray; got 64000000 bytes/);
  });
});
