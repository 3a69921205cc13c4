import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNotice } from "../../../autoscaler-agent/notices/parseNotice";
import { EVENT_TIME, healthEvent, rebalanceEvent, spotEvent } from "../../support/noticeEvents";

const id = "i-0a1b2c3d4e5f60718";
const parse = (event: unknown) => parseNotice(JSON.stringify(event));

describe("parseNotice", () => {
  it("reads a spot notice, whose deadline is two minutes after it", () => {
    expect(parse(spotEvent(id))).toEqual({
      kind: "spot-interruption",
      instanceIds: [id],
      deadlineEpochMs: Date.parse(EVENT_TIME) + 120_000,
      what: "EC2 Spot Instance Interruption Warning",
      isOver: false,
    });
  });

  it("reads rebalance advice, which has no deadline", () => {
    const what = "EC2 Instance Rebalance Recommendation";
    expect(parse(rebalanceEvent(id))).toEqual({ kind: "rebalance", instanceIds: [id], what, isOver: false });
  });

  it("reads a scheduled event with its start, its machines by id or ARN, and nothing else that it names", () => {
    const other = "i-00000000000000002";
    const arn = `arn:aws:ec2:us-east-1:123456789012:instance/${other}`;
    expect(parse(healthEvent([id, arn, "vol-0a1b2c3d4e5f60718"]))).toEqual({
      kind: "scheduled",
      instanceIds: [id, other],
      deadlineEpochMs: Date.UTC(2026, 11, 5, 15, 10, 9),
      what: "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED",
      isOver: false,
    });
  });

  it("knows when a scheduled event is over", () => {
    expect(parse(healthEvent([id], { statusCode: "closed" }))?.isOver).toBe(true);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["an unknown kind", JSON.stringify({ ...spotEvent(id), "detail-type": "EC2 Instance State-change Notification" })],
    ["another source under a known kind", JSON.stringify({ ...spotEvent(id), source: "my.app" })],
    ["an id that is none", JSON.stringify(spotEvent("i-1; rm -rf /"))],
    ["no id", JSON.stringify({ ...spotEvent(id), detail: {} })],
    ["no time", JSON.stringify({ ...spotEvent(id), time: "soon" })],
    ["a code with line breaks", JSON.stringify({ ...healthEvent([id]), detail: { ...healthEvent([id]).detail, eventTypeCode: "A\nB" } })],
    ["more machines than any event has", JSON.stringify(healthEvent(Array.from({ length: 1001 }, () => id)))],
  ])("finds nothing in a body with %s", (_, body) => {
    expect(parseNotice(body)).toBeUndefined();
  });

  it("never throws, and says nothing that could break a log line", () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.record({ "detail-type": fc.string(), detail: fc.anything() }).map((event) => JSON.stringify(event)),
    );
    fc.assert(fc.property(body, (text) => !/[^\w ]/.test(parseNotice(text)?.what ?? "")));
  });
});
