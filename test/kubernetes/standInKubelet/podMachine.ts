import { createServer } from "node:http";
import { join } from "node:path";
import { pythonHome } from "../../../emulator/cloud/namespaceTree";
import { Machine } from "../../../emulator/metal/machine";
import { IMAGE_PATH } from "../../../emulator/metal/metalSettings";
import type { BoundPod } from "./boundPod";
import type { PodNetwork } from "./podNetwork";

/** From the end of a pod's first process to the end of all. */
const GRACE_SECONDS = 5;
const RAY = "/opt/ray";
/** A node's memory is shared by all pods here, without bounds. */
const OBJECT_STORE_BYTES = 100_000_000;

/** Where pods live, and what with. */
export interface PodHost {
  readonly projectDirectory: string;
  /** Short: sockets lie in it. */
  readonly directory: string;
  readonly network: PodNetwork;
}

/** What one pod is started with. */
export interface PodStart {
  readonly pod: BoundPod;
  readonly podIP: string;
  /** Of all pods that were started here. */
  readonly number: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Addresses by name. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** Socket to the pod's own loopback: the first line of a connection names the port. */
export function sessionSocket({ directory }: PodHost, number: number): string {
  return join(directory, `${number}.sock`);
}

/** A pod as an emulated machine: processes, network, files and hosts of its own; its first container's command, with Ray at hand whatever the image is. */
export async function startPod(host: PodHost, start: PodStart): Promise<Machine> {
  const { projectDirectory, directory, network } = host;
  const { pod, podIP, number, environment, hosts } = start;
  const venv = join(projectDirectory, ".rayfleet/venv");
  const python = join(venv, "bin/python3");
  const names = [...hosts].map(([name, address]) => `${address} ${name}\n`).join("");
  return await Machine.launch({
    instanceId: pod.metadata.name,
    specification: {
      hostname: pod.metadata.name,
      address: podIP,
      bridge: network.bridge,
      link: `p${number}`,
      sessionSocket: sessionSocket(host, number),
      metadataSocket: join(directory, `${number}.meta`),
      userData: script(pod),
      environment: {
        PATH: `${RAY}/bin:${IMAGE_PATH}`,
        HOME: "/root",
        LANG: "C.UTF-8",
        RAY_DEFAULT_OBJECT_STORE_MAX_MEMORY_BYTES: String(OBJECT_STORE_BYTES),
        RAY_USAGE_STATS_ENABLED: "0",
        ...environment,
      },
      graceSeconds: GRACE_SECONDS,
      blueprint: {
        stage: join(directory, "stage"),
        keep: [venv, pythonHome(venv)],
        links: { [RAY]: venv },
        files: { "/etc/hosts": `127.0.0.1 localhost\n${podIP} ${pod.metadata.name}\n${names}`, "/etc/resolv.conf": "" },
      },
    },
    metadata: createServer((_, answer) => answer.writeHead(404).end()),
    command: [...network.enter, python, "-S", "-E", "-s", join(projectDirectory, "emulator/metal/machine.py")],
    consoleDirectory: join(directory, "logs", pod.metadata.name),
  });
}

function script({ spec }: BoundPod): string {
  const { command = [], args = [] } = spec.containers[0];
  return `#!/bin/bash\nexec ${[...command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")}\n`;
}
