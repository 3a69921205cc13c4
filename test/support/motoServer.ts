import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./freePort";

const PROGRAM = resolve(__dirname, "../../.rayfleet/venv/bin/moto_server");

/** Why the tests that need moto cannot run here; undefined when they can. */
export const motoMissing: string | undefined = existsSync(PROGRAM) ? undefined : "moto is not installed: run `make setup`";

export interface MotoServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** A moto of the test's own on loopback. */
export async function startMoto(): Promise<MotoServer> {
  const port = await freePort();
  const child: ChildProcess = spawn(PROGRAM, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const isUp = await fetch(`${url}/moto-api/reset`, { method: "POST" }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isUp) break;
    if (child.exitCode !== null || attempt === 149)
      throw new Error(`moto did not start on ${url}; got exit code ${child.exitCode}; expected an answer.`);
    await delay(200);
  }
  return {
    url,
    stop: async () => {
      const ended = new Promise<void>((done) => child.once("exit", () => done()));
      child.kill("SIGTERM");
      await ended;
    },
  };
}
