import { describe, expect, it } from "vitest";
import { describeFailure, lastLines, tellingLines } from "../../node-service/machineAccess";

describe("lastLines", () => {
  it("joins the last lines that are not blank", () => {
    expect(lastLines("a\n\nb  \nc\n", 2)).toBe("b | c");
  });
});

describe("tellingLines", () => {
  it("prefers what looks like a reason to stack frames and state dumps", () => {
    const output = [
      "[2026-01-01 10:00:00,000 C 49 49] (raylet) Check failed: GCS returned an authentication error",
      "[state-dump] - num chunks received failed / cancelled: 0",
      "[2026-01-01 10:00:00,000 I 49 49] (raylet) Failed to read a message",
      "/x/raylet(+0xfc0889) [0x55d7] ray::Error::print()",
      "(raylet) raylet(+0x1) [0x2] run()",
    ].join("\n");
    expect(tellingLines(output, 4)).toBe("[2026-01-01 10:00:00,000 C 49 49] (raylet) Check failed: GCS returned an authentication error");
  });

  it("gives the last lines when none looks like a reason", () => {
    expect(tellingLines("one\ntwo\nthree", 2)).toBe("two | three");
  });
});

describe("describeFailure", () => {
  it.each([
    [{ code: 2, timedOut: false, output: "a\nb\n" }, "cmd: ended with code 2: a | b"],
    [{ code: undefined, timedOut: true, output: "" }, "cmd: took too long"],
    [{ code: undefined, timedOut: false, output: "" }, "cmd: was ended by a signal"],
  ])("says how it ended: %o", (result, expected) => {
    expect(describeFailure("cmd", result)).toBe(expected);
  });
});
