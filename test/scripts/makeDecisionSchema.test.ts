import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { decisionReasonCodes } from "../../contract/decision";
import { decisionSchemas } from "../../scripts/makeDecisionSchema";

const root = resolve(__dirname, "../..");

describe("decisionSchemas", () => {
  it.each([...decisionSchemas()])("%s is what the contract says; run scripts/makeDecisionSchema.ts if not", (path, text) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });
});

describe("docs/decide.md", () => {
  it("explains every reason code, and no other", () => {
    const text = readFileSync(join(root, "docs/decide.md"), "utf8");
    const [section = ""] = /^## Reasons$[\s\S]*?(?=^## )/m.exec(text) ?? [];
    const explained = [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(explained.sort()).toEqual([...decisionReasonCodes].sort());
  });
});
