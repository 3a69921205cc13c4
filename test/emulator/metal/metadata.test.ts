import { describe, expect, it } from "vitest";
import { metadataAnswer } from "../../../emulator/metal/metadata";
import { buildMetadataSource } from "./machineBuilders";

describe("metadataAnswer", () => {
  const source = buildMetadataSource();

  it.each([
    ["meta-data/instance-id", "i-0a1b2c3d4e5f60718"],
    ["meta-data/instance-type", "m6i.large"],
    ["meta-data/instance-life-cycle", "spot"],
    ["meta-data/local-ipv4", "10.80.1.7"],
    ["meta-data/placement/availability-zone", "us-east-1b"],
    ["meta-data/placement/region", "us-east-1"],
    ["meta-data/services/domain", "amazonaws.com"],
    ["meta-data/tags/instance/rayfleet:group", "cpu"],
    ["meta-data/tags/instance/", "Name\nrayfleet:group"],
    ["meta-data/placement", "availability-zone\nregion"],
    ["meta-data/iam/", "info\nsecurity-credentials/"],
    ["meta-data/iam/security-credentials", "worker"],
    ["", "dynamic/\nmeta-data/\nuser-data"],
    ["user-data", "#!/bin/sh\n"],
  ])("answers %s", (path, text) => {
    expect(metadataAnswer(source, path)).toBe(text);
  });

  it("knows no path that EC2 does not know", () => {
    for (const path of ["meta-data/spot/instance-action", "meta-data/nothing", "meta-data/instance", "meta-data/instance-id/more", "api"]) {
      expect(metadataAnswer(source, path)).toBeUndefined();
    }
  });

  it("gives credentials in the form that the SDKs read", () => {
    expect(JSON.parse(metadataAnswer(source, "meta-data/iam/security-credentials/worker") ?? "")).toEqual({
      Code: "Success",
      LastUpdated: "2026-01-01T00:00:00Z",
      Type: "AWS-HMAC",
      AccessKeyId: "ASIAEXAMPLE",
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: "2026-01-01T06:00:00Z",
    });
  });

  it("says nothing of a role where there is none", () => {
    expect(metadataAnswer(buildMetadataSource({ credentials: undefined }), "meta-data/iam/info")).toBeUndefined();
  });

  it("hides tags unless the instance allows them", () => {
    const hidden = buildMetadataSource({}, { metadataTags: false });
    expect(metadataAnswer(hidden, "meta-data/tags/instance/Name")).toBeUndefined();
    expect(metadataAnswer(hidden, "meta-data/tags/instance")).toBeUndefined();
  });

  it("announces the end of a spot machine, and the recommendation two minutes before", () => {
    const noticed = buildMetadataSource({ spotNotice: { action: "terminate", time: "2026-01-01T00:10:00Z" } });
    expect(metadataAnswer(noticed, "meta-data/spot/instance-action")).toBe('{"action":"terminate","time":"2026-01-01T00:10:00Z"}');
    expect(metadataAnswer(noticed, "meta-data/events/recommendations/rebalance")).toBe('{"noticeTime":"2026-01-01T00:08:00.000Z"}');
  });

  it("describes the instance in its identity document", () => {
    expect(JSON.parse(metadataAnswer(source, "dynamic/instance-identity/document") ?? "")).toMatchObject({
      instanceId: "i-0a1b2c3d4e5f60718",
      region: "us-east-1",
      privateIp: "10.80.1.7",
    });
  });
});
