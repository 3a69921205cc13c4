import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { makeConfigurationDocs } from "../../scripts/makeConfigurationDocs";

describe("makeConfigurationDocs", () => {
  it("makes the page that is in docs", async () => {
    await expect(makeConfigurationDocs()).toMatchFileSnapshot(join(__dirname, "../../docs/configuration.md"));
  });
});
