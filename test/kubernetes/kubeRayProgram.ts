import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { freePort } from "../support/freePort";
import type { ControlPlane } from "./controlPlane";
import { startServer } from "./serverProcess";

/** KubeRay's own operator, where the reader has it: the project has none of KubeRay's programs or files. */
const operator = process.env["KUBERAY_OPERATOR"] ?? "";

/** Folder with KubeRay's CRDs. */
export const kubeRayCrds = process.env["KUBERAY_CRDS"] ?? resolve(__dirname, "../../../shared/data/kuberay-crds");

/** Why KubeRay's operator cannot run here; undefined when it can. */
export const kubeRayMissing: string | undefined =
  existsSync(operator) && existsSync(kubeRayCrds)
    ? undefined
    : "KUBERAY_OPERATOR and KUBERAY_CRDS do not name KubeRay's operator 1.7.0 and a folder with its CRDs";

/** Starts it, as its chart does but for leader election. */
export async function startKubeRay(plane: ControlPlane, kubeconfig: string, words: readonly string[] = []): Promise<ChildProcess> {
  return startServer(plane.directory, operator, [
    `--kubeconfig=${kubeconfig}`,
    "--enable-leader-election=false",
    `--metrics-addr=127.0.0.1:${await freePort()}`,
    `--health-probe-bind-address=127.0.0.1:${await freePort()}`,
    ...words,
  ]);
}
