import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cidr, canonicalCidr, cidrSize, cidrsOverlap, formatCidr, parseCidr } from "../../../components/plan/cidr";
import { maxZones, planSubnets } from "../../../components/plan/subnets";

/** Every block that a specification may name. */
const anyNetwork = fc
  .record({
    address: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    prefix: fc.integer({ min: 16, max: 24 }),
    zones: fc.integer({ min: 1, max: maxZones }),
  })
  .map(({ address, prefix, zones }) => ({ cidr: canonicalCidr(formatCidr({ base: address, prefix })), zones }));

function blocks(network: { cidr: string; zones: number }): readonly Cidr[] {
  return planSubnets(network).flatMap(({ publicCidr, privateCidr }) => [parseCidr(publicCidr), parseCidr(privateCidr)]);
}

describe("planSubnets", () => {
  it("divides the default block", () => {
    expect(planSubnets({ cidr: "10.80.0.0/16", zones: 2 })).toEqual([
      { index: 0, publicCidr: "10.80.128.0/26", privateCidr: "10.80.0.0/19" },
      { index: 1, publicCidr: "10.80.128.64/26", privateCidr: "10.80.32.0/19" },
    ]);
  });

  it("divides the smallest block into subnets that AWS accepts", () => {
    expect(planSubnets({ cidr: "10.0.7.0/24", zones: 4 })).toEqual([
      { index: 0, publicCidr: "10.0.7.128/27", privateCidr: "10.0.7.0/27" },
      { index: 1, publicCidr: "10.0.7.160/27", privateCidr: "10.0.7.32/27" },
      { index: 2, publicCidr: "10.0.7.192/27", privateCidr: "10.0.7.64/27" },
      { index: 3, publicCidr: "10.0.7.224/27", privateCidr: "10.0.7.96/27" },
    ]);
  });

  it("stays inside the block", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const whole = parseCidr(network.cidr);
        for (const { base, prefix } of blocks(network)) {
          expect(base).toBeGreaterThanOrEqual(whole.base);
          expect(base + cidrSize({ base, prefix })).toBeLessThanOrEqual(whole.base + cidrSize(whole));
        }
      }),
    );
  });

  it("makes canonical blocks that never overlap, of at least 16 addresses", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const all = blocks(network);
        all.forEach((block, index) => {
          expect(canonicalCidr(formatCidr(block))).toBe(formatCidr(block));
          expect(block.prefix).toBeLessThanOrEqual(28);
          expect(all.slice(index + 1).some((other) => cidrsOverlap(block, other))).toBe(false);
        });
      }),
    );
  });

  it("makes private subnets of equal size, no smaller than the public ones", () => {
    fc.assert(
      fc.property(anyNetwork, (network) => {
        const subnets = planSubnets(network);
        const privatePrefixes = new Set(subnets.map(({ privateCidr }) => parseCidr(privateCidr).prefix));
        expect([...privatePrefixes]).toEqual([parseCidr(network.cidr).prefix + 3]);
        expect(subnets.every(({ publicCidr }) => parseCidr(publicCidr).prefix >= parseCidr(network.cidr).prefix + 3)).toBe(true);
      }),
    );
  });

  it("gives a zone the same blocks however many zones there are", () => {
    fc.assert(
      fc.property(anyNetwork, ({ cidr, zones }) => {
        expect(planSubnets({ cidr, zones })).toEqual(planSubnets({ cidr, zones: maxZones }).slice(0, zones));
      }),
    );
  });
});
