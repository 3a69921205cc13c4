import { inspect } from "node:util";
import { status } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Clock } from "../../../autoscaler-agent/clock";
import { GcsClient, type GcsClientOptions } from "../../../autoscaler-agent/ray/gcsClient";
import type { AutoscalingReport } from "../../../autoscaler-agent/ray/rayControl";
import { nodeId } from "../../support/agentBuilders";
import { FakeGcs } from "../../support/fakeGcs";

let epochMs = 1_700_000_000_000;
const clock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => epochMs,
  sleep: async () => undefined,
};
/** gRPC's own deadlines are wall-clock times, so these tests use the real one. */
const wallClock: Clock = { ...clock, epochMs: () => Date.now() };

const nothing: AutoscalingReport = {
  pendingRequests: [],
  pendingInstances: [],
  failedRequests: [],
  infeasibleDemands: [],
  infeasibleGangs: [],
  infeasibleRequested: [],
};

const { signal } = new AbortController();
let gcs: FakeGcs;
const clients: GcsClient[] = [];

function client(options: Partial<GcsClientOptions> = {}): GcsClient {
  const made = new GcsClient({ address: gcs.address, readToken: async () => "secret-token", clock: wallClock, ...options });
  clients.push(made);
  return made;
}

beforeEach(async () => {
  gcs = new FakeGcs();
  await gcs.start();
});

afterEach(() => {
  for (const made of clients.splice(0)) {
    made.close();
  }
  gcs.stop();
});

describe("GcsClient", () => {
  it("asks for the state with an empty message: no version last seen, ever", async () => {
    gcs.answer = () => ({ reply: { cluster_resource_state: { cluster_resource_state_version: 41, cluster_session_name: "session-1" } } });
    const made = client();
    await made.readState(signal);
    const snapshot = await made.readState(signal);
    expect(snapshot).toMatchObject({ version: 41, sessionName: "session-1", nodes: [] });
    expect(gcs.calls.map(({ method, bytes }) => [method, bytes.length])).toEqual([
      ["GetClusterResourceState", 0],
      ["GetClusterResourceState", 0],
    ]);
  });

  it("sends the token and no cluster id", async () => {
    await client().readState(signal);
    expect(gcs.calls[0]?.metadata).toMatchObject({ authorization: "Bearer secret-token" });
    expect(gcs.calls[0]?.metadata).not.toHaveProperty("ray_cluster_id");
  });

  it("says nowhere what the token is, whoever says it back", async () => {
    gcs.answer = ({ metadata, method }) =>
      method === "DrainNode"
        ? { reply: { is_accepted: false, rejection_reason_message: `no, ${String(metadata["authorization"])}` } }
        : { code: status.UNAUTHENTICATED, details: `bad token in ${JSON.stringify(metadata)}` };
    const made = client();
    const refused: unknown = await made.readState(signal).catch((error: unknown) => error);
    const rejected = await made.drainNode({ reason: "idle", nodeId: nodeId(7), message: "idle" }, signal);
    for (const shown of [inspect(refused, { depth: 10 }), inspect(rejected)]) {
      expect(shown).toContain("<token>");
      expect(shown).not.toContain("secret-token");
    }
  });

  it("sends no authorization when the cluster has no token", async () => {
    await client({ readToken: async () => undefined }).readState(signal);
    expect(gcs.calls[0]?.metadata).not.toHaveProperty("authorization");
  });

  it("asks an idle node to drain with 28 bytes, reason 1 and no deadline", async () => {
    gcs.answer = () => ({ reply: { is_accepted: true } });
    expect(await client().drainNode({ reason: "idle", nodeId: nodeId(7), message: "idle" }, signal)).toEqual({ kind: "accepted" });
    const [call] = gcs.calls;
    expect(call?.request["node_id"]).toHaveLength(28);
    expect(call?.request["reason"]).toBe("DRAIN_NODE_REASON_IDLE_TERMINATION");
    // On the wire: field 2 (reason), value 1.
    expect(call?.bytes.toString("hex")).toContain("1001");
    expect(call?.request["deadline_timestamp_ms"] ?? 0).toBe(0);
  });

  it.each([
    [1_700_000_000_123.7, 1_700_000_000_123],
    [-5, 0],
  ])("asks for a preemption by %d with reason 2 and deadline %d", async (deadlineEpochMs, sent) => {
    await client().drainNode({ reason: "preemption", nodeId: nodeId(7), message: "spot notice", deadlineEpochMs }, signal);
    expect(gcs.calls[0]?.request["reason"]).toBe("DRAIN_NODE_REASON_PREEMPTION");
    expect(gcs.calls[0]?.request["deadline_timestamp_ms"] ?? 0).toBe(sent);
  });

  it("refuses a node id that a cast has made, before anything is sent", async () => {
    const forged = "abcd" as ReturnType<typeof nodeId>;
    await expect(client().drainNode({ reason: "idle", nodeId: forged, message: "" }, signal)).rejects.toThrow(RangeError);
    expect(gcs.calls).toEqual([]);
  });

  it("gives a refusal as data", async () => {
    gcs.answer = () => ({ reply: { rejection_reason_message: "no longer idle" } });
    expect(await client().drainNode({ reason: "idle", nodeId: nodeId(1), message: "" }, signal)).toEqual({
      kind: "rejected",
      message: "no longer idle",
    });
  });

  it("reports with epoch milliseconds as version, which never goes back", async () => {
    const made = client({ clock: { ...clock, epochMs: () => Math.max(epochMs, Date.now() - 1000) } });
    epochMs = Date.now() + 60_000;
    await made.reportState(nothing, signal);
    const first = gcs.calls[0]?.request["autoscaling_state"] as { autoscaler_state_version: number };
    epochMs = 0;
    await made.reportState(nothing, signal);
    const second = gcs.calls[1]?.request["autoscaling_state"] as { autoscaler_state_version: number };
    expect(first.autoscaler_state_version).toBeGreaterThan(1_700_000_000_000);
    expect(second.autoscaler_state_version).toBe(first.autoscaler_state_version);
  });

  it("reports times in seconds, one entry for each missing machine", async () => {
    const pending = { groupName: "cpu", instanceType: "m7i.xlarge", requestedAtSeconds: 1_700_000_000.9 };
    const failed = { ...pending, count: 2, reason: "capacity", startedAtSeconds: 1_700_000_000, failedAtSeconds: 1_700_000_001 };
    await client().reportState({ ...nothing, pendingRequests: [pending, pending], failedRequests: [failed] }, signal);
    expect(gcs.calls[0]?.request["autoscaling_state"]).toMatchObject({
      pending_instance_requests: [
        { ray_node_type_name: "cpu", count: 1, request_ts: 1_700_000_000 },
        { ray_node_type_name: "cpu", count: 1, request_ts: 1_700_000_000 },
      ],
      failed_instance_requests: [{ count: 2, reason: "capacity", start_ts: 1_700_000_000, failed_ts: 1_700_000_001 }],
    });
  });

  it("refuses a time that can only be milliseconds", async () => {
    const pending = { groupName: "cpu", instanceType: "m7i.xlarge", requestedAtSeconds: 1_700_000_000_000 };
    await expect(client().reportState({ ...nothing, pendingRequests: [pending] }, signal)).rejects.toThrow(/epoch seconds/);
    expect(gcs.calls).toEqual([]);
  });

  it("reports the bounds of the cluster in whole numbers", async () => {
    const group = { groupName: "cpu", resources: { CPU: 4, custom: 0.5 }, minReplicas: 1, maxReplicas: 10 };
    await client().reportConfig({ groups: [group], maxReplicas: 6 }, signal);
    expect(gcs.calls[0]?.request["cluster_config"]).toMatchObject({
      min_resources: { CPU: 4 },
      max_resources: { CPU: 24, custom: 3 },
      node_group_configs: [{ name: "cpu", resources: { CPU: 4 }, min_count: 1, max_count: 6 }],
    });
  });

  it.each([
    [status.UNAUTHENTICATED, "InvalidAuthToken: Authentication token is missing or incorrect", "unauthenticated"],
    [status.UNAVAILABLE, "Connection dropped", "unreachable"],
    [status.ABORTED, "Invalid", "other"],
  ])("turns gRPC code %d (%s) into %s", async (code, details, expected) => {
    gcs.answer = () => ({ code, details });
    await expect(client().readState(signal)).rejects.toMatchObject({ name: "RayError", code: expected });
  });

  it("never shows the token in an error", async () => {
    gcs.answer = () => ({ code: status.UNAUTHENTICATED, details: "InvalidAuthToken" });
    const error = await client()
      .readState(signal)
      .catch((thrown: unknown) => thrown);
    expect(String(error) + JSON.stringify(error)).not.toContain("secret-token");
  });

  it("reads the token again after it was refused", async () => {
    const tokens = ["old", "new"];
    gcs.answer = ({ metadata }) =>
      metadata["authorization"] === "Bearer new" ? { reply: {} } : { code: status.UNAUTHENTICATED, details: "InvalidAuthToken" };
    const made = client({ readToken: async () => tokens.shift() });
    await expect(made.readState(signal)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(made.readState(signal)).resolves.toMatchObject({ nodes: [] });
  });

  it("says unauthenticated when the token cannot be read, and tries again", async () => {
    let readable = false;
    const made = client({ readToken: async () => (readable ? "token" : Promise.reject(new Error("ENOENT"))) });
    await expect(made.readState(signal)).rejects.toMatchObject({ code: "unauthenticated" });
    readable = true;
    await expect(made.readState(signal)).resolves.toMatchObject({ nodes: [] });
  });

  it("gives up at its deadline", async () => {
    gcs.answer = () => undefined;
    await expect(client({ deadlineMs: 100 }).readState(signal)).rejects.toMatchObject({ code: "unreachable" });
  });

  it("stops at once when the signal says so", async () => {
    gcs.answer = () => undefined;
    const stop = new AbortController();
    const call = client({ deadlineMs: 60_000 }).readState(stop.signal);
    setTimeout(() => stop.abort(), 50);
    await expect(call).rejects.toMatchObject({ code: "unreachable" });
  });

  it("finds a GCS that came back within seconds", async () => {
    const port = Number(gcs.address.split(":")[1]);
    const made = client({ deadlineMs: 500 });
    await made.readState(signal);
    gcs.stop();
    await expect(made.readState(signal)).rejects.toMatchObject({ code: "unreachable" });
    gcs = new FakeGcs();
    await gcs.start(port);
    const begin = Date.now();
    await expect
      .poll(
        () =>
          made.readState(signal).then(
            () => true,
            () => false,
          ),
        { timeout: 8_000, interval: 200 },
      )
      .toBe(true);
    expect(Date.now() - begin).toBeLessThan(6_000);
  });
});
