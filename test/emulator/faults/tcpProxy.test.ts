import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Tally } from "../../../emulator/faults/tally";
import { TcpProxy } from "../../../emulator/faults/tcpProxy";

describe("a connection with faults", () => {
  /** Says everything back. */
  let echo: Server;
  let atServer: Socket[];
  let tally: Tally;
  let proxy: TcpProxy;
  let port: number;
  const open: Socket[] = [];

  beforeEach(async () => {
    atServer = [];
    echo = createServer((socket) => {
      atServer.push(socket);
      socket.on("error", () => undefined).pipe(socket);
    });
    await new Promise<void>((listening) => echo.listen(0, "127.0.0.1", listening));
    tally = new Tally();
    proxy = new TcpProxy({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port }, tally, "GCS");
    port = await proxy.listen(0, "127.0.0.1");
  });

  afterEach(async () => {
    for (const socket of open.splice(0)) socket.destroy();
    await proxy.close();
    echo.close();
  });

  const client = async (): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    open.push(socket);
    socket.setEncoding("utf8").on("error", () => undefined);
    await once(socket, "connect");
    return socket;
  };
  const say = async (socket: Socket, text: string): Promise<string> => {
    socket.write(text);
    return ((await once(socket, "data")) as [string])[0];
  };
  const says = (socket: Socket) => {
    let heard = "";
    socket.on("data", (text: string) => (heard += text));
    return () => heard;
  };

  it("passes bytes in both directions, and the end", async () => {
    const socket = await client();
    expect(await say(socket, "one")).toBe("one");
    socket.end();
    await once(socket, "close");
    expect(tally.counts().injected).toEqual({});
  });

  it("resets open connections at once and new ones as they come", async () => {
    const socket = await client();
    await say(socket, "one");
    const ended = once(socket, "close");
    proxy.fault = { kind: "reset" };
    await expect(ended).rejects.toMatchObject({ code: "ECONNRESET" });
    const late = connect(port, "127.0.0.1");
    await expect(once(late, "end")).rejects.toMatchObject({ code: "ECONNRESET" });
    proxy.fault = undefined;
    expect(await say(await client(), "two")).toBe("two");
    expect(tally.counts().injected).toEqual({ "GCS reset": 2 });
  });

  it("passes nothing while it is silent, and all of it afterwards", async () => {
    const old = await client();
    await say(old, "one");
    proxy.fault = { kind: "silence" };
    const late = await client();
    const [heardByOld, heardByLate] = [says(old), says(late)];
    old.write("two");
    late.write("three");
    // Another connection's round trip shows that there was time enough.
    const other = connect((echo.address() as AddressInfo).port, "127.0.0.1").setEncoding("utf8");
    open.push(other);
    await say(other, "time");
    expect([heardByOld(), heardByLate()]).toEqual(["", ""]);
    proxy.fault = undefined;
    await expect.poll(() => [heardByOld(), heardByLate()]).toEqual(["two", "three"]);
  });

  it("lets an open connection live on that the server has forgotten, while new ones are good", async () => {
    const old = await client();
    await say(old, "one");
    const [gone] = atServer;
    proxy.fault = { kind: "half-open" };
    await expect.poll(() => gone?.destroyed).toBe(true);
    const heard = says(old);
    old.write("two");
    expect(await say(await client(), "three")).toBe("three");
    proxy.fault = undefined;
    expect(await say(await client(), "four")).toBe("four");
    expect([heard(), old.destroyed]).toEqual(["", false]);
    expect(tally.counts().injected).toEqual({ "GCS half-open": 1 });
  });

  it("keeps the order of what it makes late", async () => {
    const socket = await client();
    const heard = says(socket);
    await say(socket, "a");
    proxy.fault = { kind: "latency", ms: 300 };
    for (const text of ["b", "c"]) socket.write(text);
    const other = connect((echo.address() as AddressInfo).port, "127.0.0.1").setEncoding("utf8");
    open.push(other);
    await say(other, "time");
    expect(heard()).toBe("a");
    await expect.poll(heard).toBe("abc");
    socket.write("d");
    // Time for "d" to come to the proxy.
    await say(other, "time");
    proxy.fault = undefined;
    expect(await say(socket, "e")).toBe("de");
    expect(tally.counts().injected).toEqual({ "GCS latency": 1 });
  });
});
