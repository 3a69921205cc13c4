import { describe, expect, it } from "vitest";
import { PauseSource } from "../../autoscaler-agent/pauseSource";
import { FakeClock } from "../support/fakeClock";

const never = new AbortController().signal;

function switched(clock: FakeClock) {
  const state: { text: string | undefined; broken: boolean; reads: string[] } = { text: undefined, broken: false, reads: [] };
  const source = new PauseSource({
    clock,
    fetch: async (clusterName) => {
      state.reads.push(clusterName);
      if (state.broken) throw new Error("TimeoutError");
      return state.text;
    },
  });
  return { state, source };
}

describe("PauseSource", () => {
  it("reads every 5 seconds, of the cluster that it is asked for", async () => {
    const clock = new FakeClock();
    const { state, source } = switched(clock);
    expect(await source.current("demo", never)).toEqual({});
    state.text = "stop";
    clock.advance(4);
    expect(await source.current("demo", never)).toEqual({});
    clock.advance(1);
    expect(await source.current("demo", never)).toEqual({ pause: { reason: "stop" } });
    expect(state.reads).toEqual(["demo", "demo"]);
  });

  it("stays as it was while the switch cannot be read, and says why", async () => {
    const clock = new FakeClock();
    const { state, source } = switched(clock);
    state.broken = true;
    expect(await source.current("demo", never)).toEqual({ problem: "TimeoutError" });
    state.broken = false;
    state.text = "stop";
    clock.advance(5);
    await source.current("demo", never);
    state.broken = true;
    clock.advance(500);
    expect(await source.current("demo", never)).toEqual({ pause: { reason: "stop" }, problem: "TimeoutError" });
    state.broken = false;
    state.text = undefined;
    clock.advance(5);
    expect(await source.current("demo", never)).toEqual({});
  });

  it("ends a pause at its time, between two reads as well", async () => {
    const clock = new FakeClock();
    const { state, source } = switched(clock);
    state.text = JSON.stringify({ reason: "r", until: new Date(clock.epochMs() + 2000).toISOString() });
    expect(await source.current("demo", never)).toMatchObject({ pause: { reason: "r" } });
    clock.advance(2);
    expect(await source.current("demo", never)).toEqual({});
  });

  it("throws the signal's reason when it is told to stop", async () => {
    const stop = new AbortController();
    const source = new PauseSource({
      clock: new FakeClock(),
      fetch: async () => {
        stop.abort(new Error("stopped"));
        throw new Error("AbortError");
      },
    });
    await expect(source.current("demo", stop.signal)).rejects.toThrow("stopped");
  });
});
