import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "..");
const page = readFileSync(join(root, "docs/reliability.md"), "utf8");

/** Every `file`: "name", "name" of the page. */
const named = [...page.matchAll(/`(test\/[^`]+\.ts)`: ((?:"[^"]+"(?: \([^)]*\))?(?:, )?)+)/g)].flatMap(([, file = "", names = ""]) =>
  [...names.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => ({ file, name: name.replaceAll(/\s+/g, " ") })),
);

describe("docs/reliability.md", () => {
  it("names tests", () => {
    expect(named.length).toBeGreaterThan(30);
    // In the table of faults, and in the one of faults and rules.
    expect(page.match(/^\| F\d+ /gm)).toHaveLength(2 * 18);
  });

  it.each(named)("$file has a test that begins with '$name'", ({ file, name }) => {
    expect(readFileSync(join(root, file), "utf8")).toMatch(new RegExp(`["\`]${name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`));
  });
});
