import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalCidr, cidrSize, cidrsOverlap, formatCidr, parseCidr } from "../../../components/plan/cidr";

const anyCidr = fc.record({ base: fc.integer({ min: 0, max: 2 ** 32 - 1 }), prefix: fc.integer({ min: 0, max: 32 }) });

describe("parseCidr", () => {
  it("reads what formatCidr writes", () => {
    fc.assert(
      fc.property(anyCidr, (block) => {
        expect(parseCidr(formatCidr(block))).toEqual(block);
      }),
    );
  });
});

describe("canonicalCidr", () => {
  it.each([
    ["10.80.0.1/16", "10.80.0.0/16"],
    ["255.255.255.255/0", "0.0.0.0/0"],
    ["203.0.113.7/32", "203.0.113.7/32"],
    ["192.168.129.0/17", "192.168.128.0/17"],
  ])("writes %s as %s", (written, canonical) => {
    expect(canonicalCidr(written)).toBe(canonical);
  });

  it("keeps the address inside and is its own canonical form", () => {
    fc.assert(
      fc.property(anyCidr, (block) => {
        const canonical = canonicalCidr(formatCidr(block));
        const { base, prefix } = parseCidr(canonical);
        expect(canonicalCidr(canonical)).toBe(canonical);
        expect(prefix).toBe(block.prefix);
        expect(block.base - base).toBeGreaterThanOrEqual(0);
        expect(block.base - base).toBeLessThan(cidrSize({ base, prefix }));
      }),
    );
  });
});

describe("cidrsOverlap", () => {
  it.each([
    ["10.0.0.0/8", "10.80.0.0/16", true],
    ["10.80.0.0/17", "10.80.128.0/17", false],
    ["0.0.0.0/0", "203.0.113.7/32", true],
    ["10.0.0.0/24", "10.0.1.0/24", false],
    ["10.0.0.0/24", "10.0.0.0/24", true],
  ])("of %s and %s is %s, either way round", (left, right, overlap) => {
    expect(cidrsOverlap(parseCidr(left), parseCidr(right))).toBe(overlap);
    expect(cidrsOverlap(parseCidr(right), parseCidr(left))).toBe(overlap);
  });
});
