import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(__dirname, "..");

describe("LICENSE", () => {
  it("holds the whole of the license that package.json names", () => {
    const text = readFileSync(join(root, "LICENSE"), "utf8");
    const { license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { license: string };
    expect(license).toBe("Apache-2.0");
    expect(text).toMatch(/^Apache License\n\nVersion 2\.0, January 2004\n/);
    expect(text.match(/^\d\. /gm)).toEqual(["1. ", "2. ", "3. ", "4. ", "5. ", "6. ", "7. ", "8. ", "9. "]);
    expect(text).toMatch(/END OF TERMS AND CONDITIONS\n$/);
  });
});
