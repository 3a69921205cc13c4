import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCrds } from "../../../kuberay-provider/crds/crdSource";
import { writeRayCrds } from "../../support/kubeRayCrds";

const { signal } = new AbortController();

describe("readCrds", () => {
  let folder = "";
  beforeEach(() => {
    folder = writeRayCrds(mkdtempSync(join(tmpdir(), "crds-")), ["rayVersion"]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const names = async (version: string, source: string) => (await readCrds(version, source, signal)).map(({ metadata }) => metadata.name);

  it("reads the kinds that a release has from a folder", async () => {
    expect(await names("1.7.0", folder)).toEqual(["rayclusters.ray.io", "rayjobs.ray.io", "rayservices.ray.io", "raycronjobs.ray.io"]);
    expect(await names("1.5.1", folder)).toEqual(["rayclusters.ray.io", "rayjobs.ray.io", "rayservices.ray.io"]);
  });

  it("reads them from an address, and names what is not there", async () => {
    const server = createServer((request, reply) => {
      const file = request.url?.split("/").at(-1) ?? "";
      const isThere = !file.includes("cronjob");
      reply.writeHead(isThere ? 200 : 404).end(isThere ? readFileSync(join(folder, file)) : "nothing");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mirror/`;
    try {
      expect(await names("1.5.1", address)).toHaveLength(3);
      await expect(readCrds("1.7.0", address, signal)).rejects.toThrow(
        /mirror\/ray\.io_raycronjobs\.yaml: cannot be read: 404 Not Found\. Set operator\.crds\.source to a folder or a mirror/,
      );
    } finally {
      server.close();
    }
    await expect(readCrds("1.7.0", address, signal)).rejects.toThrow(/cannot be read: (connect ECONNREFUSED|other side closed)/);
  });

  it("names the file that is no YAML, and the folder that is not there", async () => {
    writeFileSync(join(folder, "ray.io_rayjobs.yaml"), "a: [");
    await expect(readCrds("1.7.0", folder, signal)).rejects.toThrow(/ray\.io_rayjobs\.yaml: is no YAML: /);
    await expect(readCrds("1.7.0", join(folder, "elsewhere"), signal)).rejects.toThrow(
      /elsewhere\/ray\.io_rayclusters\.yaml: cannot be read: ENOENT/,
    );
  });
});
