import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPropertyPath, parsePropertyPath, pathsTouch } from "../../../emulator/provider/propertyPath";

describe("parsePropertyPath", () => {
  it.each([
    ["tags", ["tags"]],
    ["tags.note", ["tags", "note"]],
    ['tags["ray.io/cluster"]', ["tags", "ray.io/cluster"]],
    ["rules[0].cidr", ["rules", 0, "cidr"]],
    ["rules[*].cidr", ["rules", "*", "cidr"]],
  ])("reads %s", (text, path) => {
    expect(parsePropertyPath(text)).toEqual(path);
  });
});

describe("formatPropertyPath", () => {
  it("is read back as it was", () => {
    const step = fc.oneof(
      fc.nat(99),
      fc.string().filter((key) => key !== "*"),
    );
    const path = fc
      .tuple(
        fc.string().filter((key) => key !== "*"),
        fc.array(step, { maxLength: 4 }),
      )
      .map(([first, rest]) => [first, ...rest]);
    fc.assert(
      fc.property(path, (steps) => {
        expect(parsePropertyPath(formatPropertyPath(steps))).toEqual(steps);
      }),
    );
  });
});

describe("pathsTouch", () => {
  it.each([
    ["tags", "tags.note", true],
    ["tags.note", "tags", true],
    ["tags.note", "tags.other", false],
    ["rules[*].cidr", "rules[3].cidr", true],
    ["rules[*].cidr", "rules[3].port", false],
    ["name", "namePrefix", false],
  ])("%s and %s: %s", (pattern, path, expected) => {
    expect(pathsTouch(parsePropertyPath(pattern), parsePropertyPath(path))).toBe(expected);
  });
});
