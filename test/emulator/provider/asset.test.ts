import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assetBytes, resolveAssets } from "../../../emulator/provider/asset";
import { ARCHIVE_SIGNATURE, ASSET_SIGNATURE, SIGNATURE_KEY } from "../../../pulumi-protocol/wire";

const HELLO_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "rayfleet-asset-"));
  writeFileSync(join(directory, "hello.txt"), "hello");
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("resolveAssets", () => {
  it("finds files from the program's folder and names their content", async () => {
    const wire = { list: [{ source: { [SIGNATURE_KEY]: ASSET_SIGNATURE, path: "hello.txt" } }], other: 1 };
    expect(await resolveAssets(wire, directory)).toEqual({
      list: [{ source: { [SIGNATURE_KEY]: ASSET_SIGNATURE, path: join(directory, "hello.txt"), hash: HELLO_SHA256 } }],
      other: 1,
    });
  });

  it("names the content of texts and packed archives", async () => {
    const text = { [SIGNATURE_KEY]: ASSET_SIGNATURE, text: "hello" };
    const archive = { [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, path: join(directory, "hello.txt") };
    expect(await resolveAssets(text, "/")).toMatchObject({ hash: HELLO_SHA256 });
    expect(await resolveAssets(archive, "/")).toMatchObject({ hash: HELLO_SHA256 });
  });
});

describe("assetBytes", () => {
  it("refuses what would have to be packed first", async () => {
    await expect(assetBytes({ path: directory })).rejects.toThrow(/is a folder/);
    await expect(assetBytes({ assets: {} })).rejects.toThrow(/several assets/);
  });
});
