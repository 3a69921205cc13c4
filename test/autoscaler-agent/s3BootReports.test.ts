import { S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { instanceIdOfKey, S3BootReports } from "../../autoscaler-agent/s3BootReports";
import { bootReportKey } from "../../contract/bootReport";
import { FakeClock } from "../support/fakeClock";

const { signal } = new AbortController();
const place = { bucket: "demo-artifacts", prefix: "boot" };

function bucket() {
  const clock = new FakeClock();
  const objects = new Map<string, string>();
  const calls: string[] = [];
  const s3 = new S3Client({ region: "us-east-1" });
  const send = async (command: { constructor: { name: string }; input: Record<string, string> }) => {
    calls.push(command.constructor.name);
    if (command.constructor.name === "ListObjectsV2Command") {
      // Two keys a page.
      const keys = [...objects.keys()].sort();
      const from = Number(command.input["ContinuationToken"] ?? 0);
      const page = keys.slice(from, from + 2).map((Key) => ({ Key, ETag: objects.get(Key) }));
      return { Contents: page, ...(from + 2 < keys.length ? { NextContinuationToken: String(from + 2) } : {}) };
    }
    return { Body: { transformToString: async () => objects.get(command.input["Key"] ?? "") } };
  };
  s3.send = send as typeof s3.send;
  const put = (instanceId: string, stage: string) =>
    objects.set(
      bootReportKey(place.prefix, `AROA123:${instanceId}`),
      JSON.stringify({ schemaVersion: 1, instanceId, groupName: "cpu", stage, startedAtMs: {} }),
    );
  return { clock, calls, objects, put, reports: new S3BootReports(s3, clock) };
}

describe("S3BootReports", () => {
  it("reads the reports of the machines that start, over all pages, and no others", async () => {
    const { reports, put, calls } = bucket();
    for (const id of ["i-1", "i-2", "i-3", "i-4", "i-5"]) {
      put(id, "disks");
    }
    const read = await reports.read(place, ["i-2", "i-5", "i-9"], signal);
    expect([...read].map(([id, { stage }]) => [id, stage]).sort()).toEqual([
      ["i-2", "disks"],
      ["i-5", "disks"],
    ]);
    expect(calls.filter((call) => call === "GetObjectCommand")).toHaveLength(2);
  });

  it("lists every 5 seconds at most and reads an object again only when it has changed", async () => {
    const { reports, put, calls, clock } = bucket();
    put("i-1", "disks");
    await reports.read(place, ["i-1"], signal);
    await reports.read(place, ["i-1"], signal);
    expect(calls).toEqual(["ListObjectsV2Command", "GetObjectCommand"]);
    clock.advance(5);
    await reports.read(place, ["i-1"], signal);
    expect(calls.slice(2)).toEqual(["ListObjectsV2Command"]);
    put("i-1", "ray-start");
    clock.advance(5);
    expect((await reports.read(place, ["i-1"], signal)).get("i-1")?.stage).toBe("ray-start");
  });

  it("does not look at the bucket while nothing starts", async () => {
    const { reports, calls } = bucket();
    expect((await reports.read(place, [], signal)).size).toBe(0);
    expect(calls).toEqual([]);
  });

  it("takes a report that cannot be read for none, and keeps the others", async () => {
    const { reports, put, objects } = bucket();
    put("i-1", "disks");
    objects.set("boot/AROA123:i-2.json", "half a rep");
    expect([...(await reports.read(place, ["i-1", "i-2"], signal)).keys()]).toEqual(["i-1"]);
  });
});

describe("instanceIdOfKey", () => {
  it.each([
    ["boot/AROA123:i-0abc.json", "i-0abc"],
    ["boot/i-0abc.json", undefined],
    ["boot/AROA123:i-0abc.txt", undefined],
    ["boot/AROA:x/y.json", undefined],
  ])("%s", (key, expected) => {
    expect(instanceIdOfKey(key)).toBe(expected);
  });
});
