import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeMemory } from "../../../components/plan/nodeMemory";

const gib = 2 ** 30;

describe("nodeMemory", () => {
  it("offers 70 % of what the system leaves, and the rest to objects", () => {
    const usable = 16 * gib * 0.9 - 0.5 * gib;
    expect(nodeMemory({ memoryMiB: 16 * 1024 })).toEqual({
      memoryBytes: Math.floor(usable * 0.7),
      objectStoreBytes: Math.floor(usable * 0.3),
    });
  });

  it("takes a larger object store from the memory", () => {
    expect(nodeMemory({ memoryMiB: 16 * 1024, objectStoreMemoryGiB: 8 })).toEqual({
      memoryBytes: Math.floor(16 * gib * 0.9 - 0.5 * gib - 8 * gib),
      objectStoreBytes: 8 * gib,
    });
  });

  it("does not count on what a smaller object store leaves", () => {
    expect(nodeMemory({ memoryMiB: 16 * 1024, objectStoreMemoryGiB: 0.2 }).memoryBytes).toBe(
      nodeMemory({ memoryMiB: 16 * 1024 }).memoryBytes,
    );
  });

  it("limits the default object store to Ray's 200 GB", () => {
    expect(nodeMemory({ memoryMiB: 2 * 1024 * 1024 }).objectStoreBytes).toBe(200e9);
  });

  it("never promises more than the machine has, and never less than nothing", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 25 }),
        fc.option(fc.double({ min: 0.01, max: 1e4, noNaN: true }), { nil: undefined }),
        (memoryMiB, store) => {
          const { memoryBytes } = nodeMemory({ memoryMiB, objectStoreMemoryGiB: store });
          expect(memoryBytes).toBeGreaterThanOrEqual(0);
          expect(memoryBytes).toBeLessThanOrEqual(memoryMiB * 2 ** 20 * 0.7);
        },
      ),
    );
  });
});
