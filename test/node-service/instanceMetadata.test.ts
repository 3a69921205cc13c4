import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InstanceMetadata } from "../../node-service/instanceMetadata";
import { SleepingClock } from "../support/fakeMachine";
import { instanceDocuments, type MetadataServer, startMetadataServer } from "../support/metadataServer";

let server: MetadataServer;
let metadata: InstanceMetadata;
const running = new AbortController();

beforeEach(async () => {
  server = await startMetadataServer(instanceDocuments());
  metadata = new InstanceMetadata(new SleepingClock(), running.signal, server.url);
});
afterEach(() => server.stop());

describe("InstanceMetadata.identity", () => {
  it("reads who the machine is, with one token for all requests", async () => {
    expect(await metadata.identity()).toEqual({
      instanceId: "i-0123456789abcdef0",
      instanceType: "m7i.xlarge",
      privateAddress: "10.80.0.21",
      region: "us-east-1",
      zone: "us-east-1a",
      marketType: "spot",
    });
    expect(server.requests.filter((request) => request.startsWith("PUT"))).toHaveLength(1);
  });

  it("works the region out of the zone, and leaves out a market type that is not said", async () => {
    server.documents.delete("meta-data/placement/region");
    server.documents.set("meta-data/instance-life-cycle", "scheduled");
    const identity = await metadata.identity();
    expect(identity).toMatchObject({ region: "us-east-1" });
    expect(identity).not.toHaveProperty("marketType");
  });

  it("tries five times, then says what is missing", async () => {
    server.documents.delete("meta-data/instance-id");
    await expect(metadata.identity()).rejects.toThrow("instance metadata: meta-data/instance-id is missing; got 404");
    expect(server.requests.filter((request) => request.endsWith("instance-id"))).toHaveLength(5);
  });
});

describe("InstanceMetadata.spotNotice", () => {
  it("is nothing while there is none", async () => {
    expect(await metadata.spotNotice()).toBeUndefined();
  });

  it("reads the notice", async () => {
    server.documents.set("meta-data/spot/instance-action", JSON.stringify({ action: "terminate", time: "2026-01-01T00:02:00Z" }));
    expect(await metadata.spotNotice()).toEqual({ action: "terminate", time: "2026-01-01T00:02:00Z" });
  });

  it("throws when nobody answers: no news is not good news", async () => {
    const nobody = new InstanceMetadata(new SleepingClock(), running.signal, "http://127.0.0.1:9");
    await expect(nobody.spotNotice()).rejects.toThrow();
  });
});
