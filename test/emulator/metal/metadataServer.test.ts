import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createMetadataServer } from "../../../emulator/metal/metadataServer";
import { buildMetadataSource } from "./machineBuilders";

describe("createMetadataServer", () => {
  let tags: Record<string, string> = { Name: "first" };
  const server = createMetadataServer(() => Promise.resolve(buildMetadataSource({}, { tags })));
  let base: string;

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`;
  });
  afterAll(() => {
    vi.useRealTimers();
    server.close();
  });

  const token = (headers: Record<string, string> = { "x-aws-ec2-metadata-token-ttl-seconds": "60" }, method = "PUT") =>
    fetch(`${base}/api/token`, { method, headers });
  const ask = (path: string, given: string, method = "GET") =>
    fetch(`${base}/${path}`, { method, headers: { "x-aws-ec2-metadata-token": given } });

  it("answers with a token only", async () => {
    const issued = await token();
    expect(issued.headers.get("x-aws-ec2-metadata-token-ttl-seconds")).toBe("60");
    const given = await issued.text();
    expect(await (await ask("meta-data/instance-id", given)).text()).toBe("i-0a1b2c3d4e5f60718");
    expect((await fetch(`${base}/meta-data/instance-id`)).status).toBe(401);
    expect((await ask("meta-data/instance-id", "guessed")).status).toBe(401);
    expect((await ask("meta-data/nothing", given)).status).toBe(404);
    expect((await ask("meta-data/instance-id", given, "POST")).status).toBe(405);
  });

  it.each([
    [{}, "PUT", 400],
    [{ "x-aws-ec2-metadata-token-ttl-seconds": "0" }, "PUT", 400],
    [{ "x-aws-ec2-metadata-token-ttl-seconds": "21601" }, "PUT", 400],
    [{ "x-aws-ec2-metadata-token-ttl-seconds": "60", "x-forwarded-for": "10.0.0.1" }, "PUT", 403],
    [{ "x-aws-ec2-metadata-token-ttl-seconds": "60" }, "GET", 405],
  ])("refuses a token for %j by %s", async (headers, method, status) => {
    expect((await token(headers as Record<string, string>, method)).status).toBe(status);
  });

  it("tells what holds now, not what held when it started", async () => {
    const given = await (await token()).text();
    tags = { Name: "second" };
    expect(await (await ask("meta-data/tags/instance/Name", given)).text()).toBe("second");
  });

  it("accepts a token until its time is over", async () => {
    const given = await (await token()).text();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await ask("meta-data/instance-id", given)).status).toBe(401);
    vi.useRealTimers();
  });
});
