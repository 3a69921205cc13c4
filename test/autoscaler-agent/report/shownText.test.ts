import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shown, shownList, shownText } from "../../../autoscaler-agent/report/shownText";

describe("shownText", () => {
  it.each([
    ["an ordinary name", "CPU 4 on m7i.xlarge (50 %)", "CPU 4 on m7i.xlarge (50 %)"],
    ["letters of any language", "größe 数量", "größe 数量"],
    ["a line break", 'a\n{"event":"paused"}', 'a\\u{a}{"event":"paused"}'],
    ["a terminal's commands", "\u001b[2Jgone\u009b31m", "\\u{1b}[2Jgone\\u{9b}31m"],
    ["a change of direction", "cpu\u202egpu", "cpu\\u{202e}gpu"],
    ["a line separator", "a\u2028b", "a\\u{2028}b"],
    ["half a character", "a\ud83d", "a\\u{d83d}"],
  ])("shows %s", (_what, text, expected) => {
    expect(shownText(text)).toBe(expected);
  });

  it("cuts what is long and says how long it was", () => {
    expect(shownText("x".repeat(2_000_000))).toBe(`${"x".repeat(500)}… (2000000 characters)`);
  });

  it("gives one printable line of bounded length for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
        const seen = shownText(text);
        expect(seen).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(seen.length).toBeLessThan(6_000);
      }),
    );
  });
});

describe("shownList", () => {
  it("shows a hundred entries and counts the others", () => {
    const seen = shownList(Array.from({ length: 2_345 }), () => "entry");
    expect(seen).toHaveLength(101);
    expect(seen.at(-1)).toBe("and 2245 more");
    expect(shownList([1, 2], String)).toEqual(["1", "2"]);
  });
});

describe("shown", () => {
  it("goes through lists and records and leaves numbers as they are", () => {
    expect(shown({ a: ["x\n", 1, null], "k\r": { deep: "\u0007" }, on: true })).toEqual({
      a: ["x\\u{a}", 1, null],
      "k\\u{d}": { deep: "\\u{7}" },
      on: true,
    });
  });
});
