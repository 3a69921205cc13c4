import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { MetalSettings } from "../metal/metalSettings";
import { socketNames } from "../metal/metalSettings";
import type { CloudPaths } from "./cloudState";
import type { SupervisorSettings } from "./supervisorSettings";

const BRIDGE = "br0";
/** Of the cloud itself: the API answers the machines here. From the block for carriers (RFC 6598), which no VPC uses. */
export const API_ADDRESS = "100.64.0.1";
const API_PORT = 5000;

/**
 * Starts the cloud's one tree of processes in namespaces of its own. It lives as long as the returned process's standard input is open.
 *
 * Without root it makes a user namespace too, in which the user is root.
 */
export function startNamespaceTree(settings: SupervisorSettings, paths: CloudPaths): ChildProcess {
  const own = ["--net", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"];
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  const python = [join(settings.venvDirectory, "bin/python3"), "-S", "-E", "-s"];
  const child = spawn("unshare", [...user, ...own, "--", ...python, join(settings.projectDirectory, "emulator/cloud/cloud_init.py")], {
    stdio: ["pipe", "inherit", "inherit"],
    env: treeEnvironment(),
  });
  child.stdin?.on("error", () => undefined);
  child.stdin?.write(`${JSON.stringify(cloudInitSpecification(settings, paths))}\n`);
  return child;
}

/** What cloud_init.py reads as its first line. */
interface CloudInitSpecification {
  readonly bridge: string;
  readonly apiAddress: string;
  readonly api: readonly string[];
  readonly metal: readonly string[];
}

function cloudInitSpecification(settings: SupervisorSettings, paths: CloudPaths): CloudInitSpecification {
  const node = join(settings.projectDirectory, "node_modules/node/bin/node");
  const metal: MetalSettings = {
    socketDirectory: paths.socketDirectory,
    machinesDirectory: paths.machines,
    venvDirectory: settings.venvDirectory,
    pythonDirectory: pythonHome(settings.venvDirectory),
    nodeBinary: realpathSync(node),
    artifactManifest: join(settings.projectDirectory, "dist/artifacts/manifest.json"),
    programDirectory: join(settings.projectDirectory, "emulator/metal"),
    bridge: BRIDGE,
    endpointUrl: `http://${API_ADDRESS}:${API_PORT}`,
    bootDelaySeconds: settings.bootDelaySeconds,
  };
  return {
    bridge: BRIDGE,
    apiAddress: API_ADDRESS,
    api: [
      join(settings.venvDirectory, "bin/python3"),
      join(settings.projectDirectory, "emulator/api/launcher.py"),
      "--tcp",
      `${API_ADDRESS}:${API_PORT}`,
      "--unix",
      join(paths.socketDirectory, socketNames.api),
      "--caches",
      paths.socketDirectory,
      "--consoles",
      paths.machines,
    ],
    metal: [node, join(paths.programs, "metal.js"), JSON.stringify(metal)],
  };
}

/** The installation that the virtual environment's interpreter comes from: needed wherever the environment is used. */
export function pythonHome(venvDirectory: string): string {
  const home = /^home *= *(.+)$/m.exec(readFileSync(join(venvDirectory, "pyvenv.cfg"), "utf8"))?.[1];
  const binary = realpathSync(join(venvDirectory, "bin/python3"));
  return dirname(home === undefined ? dirname(binary) : realpathSync(home.trim()));
}

/** The cloud must not see the user's own AWS settings or proxies. */
function treeEnvironment(): NodeJS.ProcessEnv {
  return { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: process.env["HOME"] ?? "/", LANG: "C.UTF-8" };
}
