import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeIdFromBytes, nodeIdToBytes } from "../../../autoscaler-agent/ray/nodeId";

describe("nodeIdFromBytes", () => {
  it("takes 28 bytes and nothing else, and gives the same bytes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const id = nodeIdFromBytes(bytes);
        expect(id !== undefined).toBe(bytes.length === 28);
        if (id !== undefined) {
          expect([...nodeIdToBytes(id)]).toEqual([...bytes]);
        }
      }),
    );
  });

  it("refuses the hexadecimal text in place of the bytes", () => {
    expect(nodeIdFromBytes(Buffer.from("ab".repeat(28)))).toBeUndefined();
  });
});

describe("nodeIdToBytes", () => {
  it.each(["", "abcd", "AB".repeat(28), "zz".repeat(28), "ab".repeat(29)])("refuses %j, however it was made", (text) => {
    expect(() => nodeIdToBytes(text as Parameters<typeof nodeIdToBytes>[0])).toThrow(RangeError);
  });
});
