import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { agentEnvironmentNames } from "../../contract/agentEnvironment";
import { nodePorts } from "../../contract/ports";
import { type ExecResult, machineExec } from "../cloud/machineCommands";
import type { FaultCounts, Faults } from "./faultKinds";
import type { FaultProxySettings } from "./main";

const NODE = "/opt/rayfleet/runtime/node";
const BUNDLE = "/opt/rayfleet/bundle";
const FOLDER = "/run/rayfleet-faults";
const PORTS = { awsPort: 5999, gcsPort: 6999, controlPort: 7999 } as const;
const UP_WITHIN_MS = 15_000;

/** Which head, and where it finds what the agent calls. */
export interface FaultyHead {
  readonly stateDirectory: string;
  readonly instanceId: string;
  readonly privateAddress: string;
}

/** A command on the head did not do what it was for. */
export class HeadFaultsError extends Error {
  override readonly name = "HeadFaultsError";
}

/**
 * Faults between the agent of a running emulated head and everything that it calls. The agent stays the node service's: it is the same program under
 * the same supervision, started with the proxy's addresses in place of the real ones. The rest of the head does not notice.
 */
export class HeadFaults {
  private constructor(private readonly head: FaultyHead) {}

  /** Starts the proxy on the head and the agent anew behind it. @throws HeadFaultsError */
  static async install(head: FaultyHead): Promise<HeadFaults> {
    const faults = new HeadFaults(head);
    await faults.#write(join(FOLDER, "proxy.js"), await bundledProxy());
    await faults.#write(join(FOLDER, "agent.js"), AGENT_STARTER);
    const settings: Omit<FaultProxySettings, "awsUpstream"> = {
      ...PORTS,
      gcsUpstream: { host: head.privateAddress, port: nodePorts.gcs },
    };
    // The endpoint's address stands in the machine's environment, and only there.
    const start = `exec setsid ${NODE} ${FOLDER}/proxy.js "$(echo "$1" | sed "s,ENDPOINT,$AWS_ENDPOINT_URL,")" >${FOLDER}/proxy.log 2>&1 &`;
    await faults.shell(start, JSON.stringify({ ...settings, awsUpstream: "ENDPOINT" }));
    await faults.#untilUp();
    // The original keeps its name's first letters, so that whoever looks for the agent by name finds it.
    await faults.shell(`cd ${BUNDLE} && mv agent.js agent-itself.js && cp ${FOLDER}/agent.js agent.js`);
    await faults.signalAgent("SIGTERM");
    return faults;
  }

  /** All that is wrong from now on; what is not named is mended. */
  async set(faults: Faults): Promise<FaultCounts> {
    return await this.#ask("PUT", "faults", JSON.stringify(faults));
  }

  async counts(): Promise<FaultCounts> {
    return await this.#ask("GET", "counts");
  }

  /** Signals the agent's process. @throws HeadFaultsError when there is none */
  async signalAgent(signal: NodeJS.Signals): Promise<void> {
    const { stdout } = await this.shell(
      "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q \"$1\" && kill -s \"$2\" ${p#/proc/} && echo sent; done; true",
      // As a pattern that does not find itself.
      `${BUNDLE}/[a]gent`,
      signal.replace("SIG", ""),
    );
    if (!stdout.includes("sent")) throw new HeadFaultsError(`agent: is not there for ${signal}; expected a running process.`);
  }

  /** Ends the agent, and from then on it has so much heap, in MiB. @param megabytes undefined: as much as it wants */
  async limitAgentHeap(megabytes: number | undefined): Promise<void> {
    const file = join(FOLDER, "heap-megabytes");
    await (megabytes === undefined ? this.shell(`rm -f ${file}`) : this.#write(file, String(megabytes)));
    // It may just be waiting for its next start.
    await this.signalAgent("SIGKILL").catch(() => undefined);
  }

  /** Another agent beside the first, told the same; nobody starts it again. */
  async startSecondAgent(): Promise<void> {
    const become = `exec setsid env -i "$@" ${NODE} ${BUNDLE}/agent-itself.js >${FOLDER}/second-agent.log 2>&1 & echo $! >${FOLDER}/second-agent.pid`;
    await this.shell(`xargs -0 -a /proc/$(pgrep -o -f ${BUNDLE}/[a]gent-itself.js)/environ sh -c "$1" sh`, become);
  }

  async endSecondAgent(): Promise<void> {
    await this.shell(`kill -9 $(cat ${FOLDER}/second-agent.pid)`);
  }

  /** A shell script on the head; `$1` and on are the words. @throws HeadFaultsError when it fails */
  async shell(script: string, ...words: string[]): Promise<ExecResult> {
    const { stateDirectory, instanceId } = this.head;
    const result = await machineExec(stateDirectory, instanceId, { argv: ["sh", "-c", script, "sh", ...words] });
    if (result.exitCode !== 0) throw new HeadFaultsError(`head: ${script}: ended with ${result.exitCode}: ${result.stderr.slice(-500)}`);
    return result;
  }

  async #write(path: string, text: string): Promise<void> {
    await this.shell(`mkdir -p ${FOLDER} && printf %s "$1" >"$2"`, text, path);
  }

  async #untilUp(): Promise<void> {
    const deadline = Date.now() + UP_WITHIN_MS;
    for (;;) {
      try {
        await this.counts();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await sleep(100);
      }
    }
  }

  async #ask(method: string, path: string, body = ""): Promise<FaultCounts> {
    const { stdout } = await this.shell(`curl -sS -f -m 5 -X "$1" -d "$2" http://127.0.0.1:${PORTS.controlPort}/${path}`, method, body);
    return JSON.parse(stdout) as FaultCounts;
  }
}

/** Becomes the agent, with the proxy's addresses, and with a limit on its memory when one is ordered. */
const AGENT_STARTER = `
const { readFileSync } = require("node:fs");
let heap = "";
try { heap = readFileSync("${FOLDER}/heap-megabytes", "utf8").trim(); } catch {}
const words = [...process.execArgv, ...(heap === "" ? [] : ["--max-old-space-size=" + heap])];
process.execve(process.execPath, [process.execPath, ...words, "${BUNDLE}/agent-itself.js"], {
  ...process.env,
  AWS_ENDPOINT_URL: "http://127.0.0.1:${PORTS.awsPort}",
  ${agentEnvironmentNames.gcsAddress}: "127.0.0.1:${PORTS.gcsPort}",
});
`;

async function bundledProxy(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "main.ts")],
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
