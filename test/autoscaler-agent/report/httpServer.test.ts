import { createHash } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decisionView } from "../../../autoscaler-agent/report/decisionView";
import { DecisionHistory, type Health, startHttpServer, stopHttpServer } from "../../../autoscaler-agent/report/httpServer";
import { Metrics } from "../../../autoscaler-agent/report/metrics";
import { busyTick } from "../../support/oneTick";

let server: Server;
let url: string;
let health: Health;
const history = new DecisionHistory();

beforeEach(async () => {
  health = { healthy: true, text: "ticking" };
  server = await startHttpServer({ metrics: new Metrics(), history, health: () => health }, { host: "127.0.0.1", port: 0 });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => await stopHttpServer(server));

describe("startHttpServer", () => {
  it("shows the last decision and those before it that did something", async () => {
    expect(await (await fetch(`${url}/decision`)).json()).toEqual({ latest: null, history: [] });
    const { simulation } = await busyTick();
    for (const record of simulation.records) {
      history.add(decisionView(record));
    }
    const { latest, history: past } = (await (await fetch(`${url}/decision`)).json()) as {
      latest: { tick: number };
      history: { tick: number }[];
    };
    expect(latest.tick).toBe(simulation.records.at(-1)?.number);
    expect(past.length).toBeGreaterThan(0);
    expect(past.every(({ tick }) => tick <= latest.tick)).toBe(true);
  });

  it("serves a page that may run only its own script and style, and loads nothing", async () => {
    const reply = await fetch(`${url}/`);
    const html = await reply.text();
    const policy = reply.headers.get("content-security-policy") ?? "";
    for (const tag of ["script", "style"]) {
      const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(html)?.[1] ?? "";
      expect(policy).toContain(`'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    }
    expect(policy).toContain("default-src 'none'");
    expect(html).not.toMatch(/(?:src|href)="https?:/);
    expect(html).not.toContain("innerHTML");
  });

  it("says 503 while the agent does not tick", async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    health = { healthy: false, text: "no tick has ended for 31 s" };
    const reply = await fetch(`${url}/healthz`);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toEqual({ healthy: false, text: "no tick has ended for 31 s" });
  });

  it.each([
    ["/metrics", "GET", 200],
    ["/metrics", "HEAD", 200],
    ["/metrics", "POST", 405],
    ["/decision", "DELETE", 405],
    ["/elsewhere", "GET", 404],
    ["/../etc/passwd", "GET", 404],
  ])("answers %s %s with %d", async (path, method, status) => {
    expect((await fetch(url + path, { method })).status).toBe(status);
  });

  it("fails when its port is taken", async () => {
    const { port } = server.address() as AddressInfo;
    await expect(startHttpServer({ metrics: new Metrics(), history, health: () => health }, { host: "127.0.0.1", port })).rejects.toThrow(
      "EADDRINUSE",
    );
  });
});
