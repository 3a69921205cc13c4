import { describe, expect, it } from "vitest";
import { addFreeLook, freeWhenCounted } from "../../../../autoscaler-agent/decide/tick/freeLooks";
import { rayNode } from "../../../support/agentBuilders";

const node = (cpus: number) => rayNode({ total: { CPU: 4 }, available: cpus === 0 ? {} : { CPU: cpus } });

describe("freeWhenCounted", () => {
  it("counts what was free in the last seconds, because the work that took it may still be listed as waiting", () => {
    const first = addFreeLook([{ atMs: 8_000, free: { CPU: 4 } }], node(0), 10_000);
    expect(freeWhenCounted(first)).toEqual({ CPU: 4 });
    expect(freeWhenCounted(addFreeLook(first, node(0), 23_000))).toEqual({ CPU: 4 });
    expect(freeWhenCounted(addFreeLook(addFreeLook(first, node(0), 23_000), node(0), 25_001))).toEqual({});
  });

  it("sees what became free at once", () => {
    const busy = [{ atMs: 8_000, free: {} }];
    expect(freeWhenCounted(addFreeLook(busy, node(3), 10_000))).toEqual({ CPU: 3 });
  });

  it("keeps one older look when ticks are far apart", () => {
    const looks = addFreeLook([{ atMs: 0, free: { CPU: 2 } }], node(0), 60_000);
    expect(looks.map(({ atMs }) => atMs)).toEqual([0, 60_000]);
    expect(freeWhenCounted(looks)).toEqual({ CPU: 2 });
  });

  it("keeps no more than one of the older looks, the newest", () => {
    const looks = addFreeLook([{ atMs: 0, free: { CPU: 4 } }, ...addFreeLook([], node(2), 20_000)], node(0), 60_000);
    expect(looks.map(({ atMs }) => atMs)).toEqual([20_000, 60_000]);
    expect(freeWhenCounted(looks)).toEqual({ CPU: 2 });
  });

  it("takes a node as it is at the first look", () => {
    expect(freeWhenCounted(addFreeLook([], node(1), 0))).toEqual({ CPU: 1 });
  });
});
