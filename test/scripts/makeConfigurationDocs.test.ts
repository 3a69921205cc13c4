import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeConfigurationDocs } from "../../scripts/makeConfigurationDocs";

describe("makeConfigurationDocs", () => {
  it.each([
    ["aws", "configuration.md"],
    ["kubernetes", "configuration-kubernetes.md"],
  ] as const)("makes the page of %s that is in docs", async (platform, file) => {
    await expect(makeConfigurationDocs(platform)).toMatchFileSnapshot(join(__dirname, "../../docs", file));
  });
});
