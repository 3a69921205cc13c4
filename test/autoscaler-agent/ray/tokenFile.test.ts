import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTokenFile } from "../../../autoscaler-agent/ray/tokenFile";

describe("readTokenFile", () => {
  let directory: string;
  let path: string;
  const said: string[] = [];
  const read = () => readTokenFile(path, (text) => said.push(text));

  beforeEach(async () => {
    said.length = 0;
    directory = await mkdtemp(join(tmpdir(), "rayfleet-token-"));
    path = join(directory, "token");
    await writeFile(path, "secret\n", { mode: 0o600 });
  });
  afterEach(async () => await rm(directory, { recursive: true }));

  it("reads a file that only its owner may read, and says nothing", async () => {
    expect(await read()).toBe("secret");
    expect(said).toEqual([]);
  });

  it.each([0o640, 0o604, 0o620, 0o666])("says when others may use it: mode %o", async (mode) => {
    await chmod(path, mode);
    expect(await read()).toBe("secret");
    expect(said).toEqual([expect.stringContaining(`has mode 0${mode.toString(8)}; expected 0600`)]);
    expect(said.join()).not.toContain("secret");
  });

  it("takes an empty file for none", async () => {
    await writeFile(path, " \n");
    await expect(read()).rejects.toThrow("is empty");
  });
});
