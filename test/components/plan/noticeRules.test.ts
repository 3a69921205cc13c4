import { describe, expect, it } from "vitest";
import { parseNotice } from "../../../autoscaler-agent/notices/parseNotice";
import { childName } from "../../../components/plan/names";
import { noticeRules } from "../../../components/plan/noticeRules";
import { healthEvent, rebalanceEvent, spotEvent } from "../../support/noticeEvents";

type Fields = Readonly<Record<string, unknown>>;

/** EventBridge's rule for patterns without special forms: each key names the values that match. */
function matches(pattern: Fields, event: Fields): boolean {
  return Object.entries(pattern).every(([key, wanted]) =>
    Array.isArray(wanted) ? wanted.includes(event[key]) : matches(wanted as Fields, (event[key] ?? {}) as Fields),
  );
}

const rulesFor = (event: object) => noticeRules.filter(({ pattern }) => matches(pattern, event as Fields)).map(({ name }) => name);

describe("noticeRules", () => {
  it.each([
    ["spot", spotEvent("i-0a1b2c3d4e5f60718")],
    ["rebalance", rebalanceEvent("i-0a1b2c3d4e5f60718")],
    ["scheduled", healthEvent(["i-0a1b2c3d4e5f60718"])],
  ])("%s is the one rule for its event, and the agent understands what it lets through", (name, event) => {
    expect(rulesFor(event)).toEqual([name]);
    expect(parseNotice(JSON.stringify(event))?.instanceIds).toEqual(["i-0a1b2c3d4e5f60718"]);
  });

  it("lets through no state change, and no trouble that is over or concerns another service", () => {
    const health = healthEvent(["i-0a1b2c3d4e5f60718"]);
    expect(rulesFor({ ...spotEvent("i-1"), "detail-type": "EC2 Instance State-change Notification" })).toEqual([]);
    expect(rulesFor({ ...health, detail: { ...health.detail, eventTypeCategory: "issue" } })).toEqual([]);
    expect(rulesFor({ ...health, detail: { ...health.detail, service: "RDS" } })).toEqual([]);
  });

  it("makes names that EventBridge takes for the longest name of a cluster", () => {
    // 64 letters, of which Pulumi adds a dash and seven.
    const longest = noticeRules.map(({ name }) => childName("c".repeat(32), "notice", name).length + 8);
    expect(Math.max(...longest)).toBeLessThanOrEqual(64);
  });
});
