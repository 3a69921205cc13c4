import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { isOlderRelease } from "../../components/plan/kubernetes/rules/releaseVersion";
import type { RayKind } from "../../contract/kuberay/kubeRayFields";
import { KubernetesError } from "../../kubernetes-api/kubernetesError";
import { type RayCrd, readRayCrd } from "./rayCrd";

/** Each of the files is about a megabyte. */
const DOWNLOAD_DEADLINE_MS = 60_000;

/** The kinds that a release of KubeRay has. */
export function kindsOf(operatorVersion: string): readonly RayKind[] {
  const always = ["RayCluster", "RayJob", "RayService"] as const;
  return isOlderRelease(operatorVersion, "1.6.0") ? always : [...always, "RayCronJob"];
}

/** Where KubeRay keeps the CRDs of a release. */
function releaseAddress(operatorVersion: string): string {
  return `https://raw.githubusercontent.com/ray-project/kuberay/v${operatorVersion}/ray-operator/config/crd/bases`;
}

/**
 * The CRDs of a release, from KubeRay's own repository or from `source`: a folder, or an address, with the same files.
 *
 * @throws KubernetesError naming the file that cannot be had, or is no CRD of KubeRay's
 */
export async function readCrds(operatorVersion: string, source: string | undefined, signal: AbortSignal): Promise<readonly RayCrd[]> {
  const place = source ?? releaseAddress(operatorVersion);
  return await Promise.all(
    kindsOf(operatorVersion).map(async (kind) => {
      const file = `ray.io_${kind.toLowerCase()}s.yaml`;
      const where = /^https?:\/\//.test(place) ? `${place.replace(/\/$/, "")}/${file}` : join(place, file);
      return readRayCrd(contentOf(await textAt(where, signal), where), where);
    }),
  );
}

async function textAt(where: string, signal: AbortSignal): Promise<string> {
  try {
    if (!/^https?:\/\//.test(where)) return await readFile(where, { encoding: "utf8", signal });
    const reply = await fetch(where, { signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_DEADLINE_MS)]) });
    if (!reply.ok) throw new Error(`${reply.status} ${reply.statusText}`);
    return await reply.text();
  } catch (thrown) {
    signal.throwIfAborted();
    throw new KubernetesError(`${where}: cannot be read: ${reasonOf(thrown)}. ${HOW}`);
  }
}

const HOW =
  "Set operator.crds.source to a folder or a mirror with KubeRay's CRDs, or operator.crds.install: false where they are installed in another way.";

function contentOf(text: string, where: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (thrown) {
    throw new KubernetesError(`${where}: is no YAML: ${reasonOf(thrown)}. ${HOW}`);
  }
}

/** What is at the bottom of it: `fetch` says only that it failed. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? reasonOf(thrown.cause) : thrown.message;
}
