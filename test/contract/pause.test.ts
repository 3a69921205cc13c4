import { describe, expect, it } from "vitest";
import { pauseParameterName, pauseText, readPause } from "../../contract/pause";

const now = Date.parse("2026-11-21T12:00:00Z");

describe("readPause", () => {
  it.each([
    ["a reason", '{"reason":"incident 12","by":"ada"}', { reason: "incident 12", by: "ada" }],
    ["an end that is to come", '{"reason":"r","until":"2026-11-21T12:00:01Z"}', { reason: "r", until: "2026-11-21T12:00:01Z" }],
    ["an end that has come", '{"reason":"r","until":"2026-11-21T12:00:00Z"}', undefined],
    ["any text written by hand", "stop!", { reason: "stop!" }],
    ["a word that is JSON", "true", { reason: "true" }],
    ["a form that is not ours", '{"until":"2020-01-01T00:00:00Z"}', { reason: '{"until":"2020-01-01T00:00:00Z"}' }],
    ["nothing at all", "", { reason: "" }],
  ])("understands %s", (_, text, pause) => {
    expect(readPause(text, now)).toEqual(pause);
  });

  it("shortens what nobody would read", () => {
    expect(readPause("x".repeat(5000), now)?.reason).toHaveLength(200);
  });
});

describe("pauseText", () => {
  it("says who, until when and why", () => {
    expect(pauseText({ reason: "incident 12", by: "ada", until: "2026-11-21T13:00:00Z" })).toBe(
      "paused by ada until 2026-11-21T13:00:00Z: incident 12; nothing is bought, drained or ended",
    );
    expect(pauseText({ reason: "incident 12" })).toContain("until somebody resumes it");
  });
});

describe("pauseParameterName", () => {
  it("is one for each cluster", () => {
    expect(pauseParameterName("demo")).toBe("/rayfleet/demo/pause");
  });
});
