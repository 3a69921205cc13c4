import { describe, expect, it } from "vitest";
import { addFreeLook, freeWhenCounted } from "../../../autoscaler-agent/decide/freeLooks";
import { rayNode } from "../../support/agentBuilders";

const node = (cpus: number) => rayNode({ total: { CPU: 4 }, available: cpus === 0 ? {} : { CPU: cpus } });

describe("freeWhenCounted", () => {
  it("takes a node that has just joined for free as a whole, whatever runs on it already", () => {
    expect(freeWhenCounted(addFreeLook(undefined, node(0), 10_000))).toEqual({ CPU: 4 });
  });

  it("counts what was free in the look before, because work that started since may still be listed as waiting", () => {
    const first = addFreeLook([{ atMs: 8_000, free: { CPU: 4 } }], node(0), 10_000);
    expect(freeWhenCounted(first)).toEqual({ CPU: 4 });
    expect(freeWhenCounted(addFreeLook(first, node(0), 12_000))).toEqual({});
  });

  it("sees what became free at once", () => {
    const busy = [{ atMs: 8_000, free: {} }];
    expect(freeWhenCounted(addFreeLook(busy, node(3), 10_000))).toEqual({ CPU: 3 });
  });

  it("keeps every look within the lag when ticks are short, and one older look when they are long", () => {
    let looks = addFreeLook(undefined, node(4), 0);
    for (let atMs = 500; atMs <= 2_000; atMs += 500) looks = addFreeLook(looks, node(0), atMs);
    expect(looks.map(({ atMs }) => atMs)).toEqual([500, 1_000, 1_500, 2_000]);
    expect(addFreeLook([{ atMs: 0, free: { CPU: 2 } }], node(0), 60_000)).toHaveLength(2);
  });
});
