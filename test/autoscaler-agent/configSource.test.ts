import { describe, expect, it } from "vitest";
import { AgentConfigError, ConfigSource, parseAgentConfig } from "../../autoscaler-agent/configSource";
import { agentConfig, agentGroup } from "../support/agentBuilders";
import { FakeClock } from "../support/fakeClock";

const { signal } = new AbortController();

function source(): { source: ConfigSource; clock: FakeClock; set: (text: string | Error) => void; reads: () => number } {
  const clock = new FakeClock();
  let text: string | Error = JSON.stringify(agentConfig());
  let reads = 0;
  const fetch = async () => {
    reads += 1;
    if (text instanceof Error) {
      throw text;
    }
    return text;
  };
  return { source: new ConfigSource({ fetch, clock }), clock, set: (next) => (text = next), reads: () => reads };
}

describe("ConfigSource", () => {
  it("reads anew every 15 seconds and takes what has changed", async () => {
    const { source: configs, clock, set, reads } = source();
    expect((await configs.current(signal))?.dryRun).toBe(false);
    set(JSON.stringify(agentConfig({ dryRun: true })));
    clock.advance(14);
    expect((await configs.current(signal))?.dryRun).toBe(false);
    clock.advance(1);
    expect((await configs.current(signal))?.dryRun).toBe(true);
    expect(reads()).toBe(2);
  });

  it.each([
    ["cannot be read", new Error("AccessDenied")],
    ["is not JSON", "{"],
    ["breaks the contract", JSON.stringify({ ...agentConfig(), tickSeconds: -1 })],
  ])("keeps the last good one when the next %s, says so, and recovers", async (_what, broken) => {
    const { source: configs, clock, set } = source();
    const good = await configs.current(signal);
    set(broken);
    clock.advance(20);
    expect(await configs.current(signal)).toEqual(good);
    expect(configs.problem).toBeTruthy();
    expect(configs.failures).toBe(1);
    set(JSON.stringify(good));
    clock.advance(20);
    await configs.current(signal);
    expect(configs.problem).toBeUndefined();
  });

  it("has none until there is a good one, and asks each time", async () => {
    const { source: configs, set } = source();
    set(new Error("ParameterNotFound"));
    expect(await configs.current(signal)).toBeUndefined();
    set(JSON.stringify(agentConfig()));
    expect(await configs.current(signal)).toEqual(agentConfig());
  });
});

describe("parseAgentConfig", () => {
  it("reports every problem at once with path, value and what to do", () => {
    const broken = { ...agentConfig(), tickSeconds: -1, groups: [{ ...agentGroup(), minReplicas: 3, maxReplicas: 1 }], more: 1 };
    let problems: readonly string[] = [];
    try {
      parseAgentConfig(JSON.stringify(broken));
    } catch (thrown) {
      problems = thrown instanceof AgentConfigError ? thrown.problems : [];
    }
    expect(problems).toMatchInlineSnapshot(`
      [
        "groups[0].minReplicas: is above maxReplicas; got 3; expected the form of contract/agentConfig. Run "pulumi up" with the same release as the agent.",
        "tickSeconds: Too small: expected number to be >0; got -1; expected the form of contract/agentConfig. Run "pulumi up" with the same release as the agent.",
        "agentConfig: Unrecognized key: "more"; got {"schemaVersion":1,"clusterName":"demo","region":"us-east-1","groups":[{"groupNa; expected the form of contract/agentConfig. Run "pulumi up" with the same release as the agent.",
      ]
    `);
  });

  it("refuses two groups of one name", () => {
    expect(() => parseAgentConfig(JSON.stringify({ ...agentConfig(), groups: [agentGroup(), agentGroup()] }))).toThrow(
      "two groups of one name",
    );
  });
});
