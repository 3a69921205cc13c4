import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { CreateReplicationGroupCommand, DeleteReplicationGroupCommand, ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../support/freePort";
import { redisMissing } from "../../support/redisServer";
import { skipNote } from "../cloud/emulatedCloud";
import { type RunningApi, startApi } from "./runningApi";

const password = "a".repeat(64);

describe.skipIf(redisMissing)(`caches of the emulated API${skipNote(redisMissing)}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-caches-"));
  let api: RunningApi;
  let client: ElastiCacheClient;
  let port: number;

  beforeAll(async () => {
    api = await startApi("--caches", folder);
    client = new ElastiCacheClient(api.clientSettings);
    port = await freePort();
    const { ReplicationGroup } = await client.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: "demo-gcs",
        ReplicationGroupDescription: "demo",
        Engine: "valkey",
        Port: port,
        AuthToken: password,
        TransitEncryptionEnabled: true,
      }),
    );
    expect(ReplicationGroup?.NodeGroups?.[0]?.PrimaryEndpoint).toEqual({ Address: "127.0.0.1", Port: port });
  });
  afterAll(async () => {
    client.destroy();
    await api.stop();
    rmSync(folder, { recursive: true });
  });

  /** Sends commands in the protocol's plain form and gives what came back when as many lines are there. */
  async function ask(commands: readonly string[], ca?: string): Promise<string[]> {
    const socket = connect({ host: "127.0.0.1", port, ...(ca === undefined ? {} : { ca }) });
    try {
      await once(socket, "secureConnect");
      socket.write(commands.map((command) => `${command}\r\n`).join(""));
      let text = "";
      while (text.split("\r\n").length <= commands.length) text += String((await once(socket, "data"))[0]);
      return text.trimEnd().split("\r\n");
    } finally {
      socket.destroy();
    }
  }

  const authority = () => readFileSync(join(folder, "cache-ca.pem"), "utf8");

  it("are real servers that ask for their password", async () => {
    expect(await ask(["SET key 1", `AUTH ${password}`, "SET key 2"], authority())).toEqual([
      "-NOAUTH Authentication required.",
      "+OK",
      "+OK",
    ]);
  });

  it("are known by the cloud's own authority only", async () => {
    await expect(ask(["PING"])).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("end when their group is deleted", async () => {
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: "demo-gcs" }));
    await expect(ask(["PING"], authority())).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
