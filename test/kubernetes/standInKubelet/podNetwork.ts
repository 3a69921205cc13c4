import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { endServer } from "../serverProcess";

/** The network namespace of all pods: a bridge, and nothing that leads outside. */
export interface PodNetwork {
  readonly bridge: string;
  /** Runs the rest of the words in it. */
  readonly enter: readonly [program: string, ...words: string[]];
  stop(): Promise<void>;
}

const BRIDGE = "pods0";
const GATEWAY = "10.244.0.1";

/** Makes the namespace, which needs root. It goes when this process does. */
export async function startPodNetwork(projectDirectory: string): Promise<PodNetwork> {
  const python = join(projectDirectory, ".rayfleet/venv/bin/python3");
  const words = [join(__dirname, "pod_network.py"), join(projectDirectory, "emulator/metal"), BRIDGE, GATEWAY];
  const child = spawn("unshare", ["--net", "--", python, ...words], { stdio: ["pipe", "pipe", "inherit"] });
  await Promise.race([once(child.stdout, "data"), failure(child)]);
  return {
    bridge: BRIDGE,
    enter: ["nsenter", "--target", String(child.pid), "--net", "--"],
    stop: () => endServer(child),
  };
}

async function failure(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, "exit")) as [number | null];
  throw new Error(`pods' network: cannot be made; its program ended with ${code}.`);
}
