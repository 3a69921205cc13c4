import { describe, expect, it } from "vitest";
import { consoleLines } from "../../../autoscaler-agent/nodeGroups/consoleLines";

describe("consoleLines", () => {
  it("gives the last twenty lines that are not empty, without colours", () => {
    const text = Array.from({ length: 30 }, (_, line) => `\u001b[32mline ${line}\u001b[0m  \r\n\r\n`).join("");
    expect(consoleLines(text)).toEqual(Array.from({ length: 20 }, (_, line) => `line ${line + 10}`));
  });

  it("keeps 2,048 characters at most, of the end, and no line of more than 500", () => {
    const lines = consoleLines(["a", "b", "c", "d", "e"].map((letter) => letter.repeat(900)).join("\n"));
    expect(lines).toEqual(["b", "c", "d", "e"].map((letter) => letter.repeat(500)));
    expect(consoleLines("x".repeat(1_000_000))).toEqual(["x".repeat(500)]);
    expect(consoleLines(`${"0".repeat(400)}\n`.repeat(20))).toHaveLength(5);
  });

  it("has nothing to tell of an empty console", () => {
    expect(consoleLines(" \n\r\n")).toEqual([]);
  });
});
