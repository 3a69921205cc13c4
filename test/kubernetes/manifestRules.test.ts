import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkManifests } from "../../components/plan/kubernetes/rules/checkManifests";
import { ManifestNode } from "../../components/plan/kubernetes/rules/manifestNode";
import { type PodGroup, readRayManifest } from "../../components/plan/kubernetes/rules/rayManifest";
import { rayKinds } from "../../contract/kuberay/kubeRayFields";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import { type CaseBody, casesByCatcher } from "../components/plan/kubernetes/rules/cases/casesByCatcher";
import { aContext } from "../components/plan/kubernetes/rules/cases/ruleCase";
import { aRayCluster, aWorkerGroup } from "../support/kubeRayManifests";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";

/** KubeRay's own CRDs, where they are at hand: the project has none of KubeRay's files. */
const folder = resolve(__dirname, "../../../shared/data/kuberay-crds");
const crds = rayKinds.map((kind) => join(folder, `ray.io_${kind.toLowerCase()}s.yaml`));
const missing = controlPlaneMissing ?? (crds.every(existsSync) ? undefined : "KubeRay's CRDs are not at hand");

const signal = new AbortController().signal;

/** A pod as the operator makes it of a group: its name, its label, and the volumes that it adds. */
function podOf({ spec, pod, containers }: PodGroup, cluster: string): CaseBody {
  const group = spec.get("groupName").text || "head";
  const own = pod.get("volumes").items;
  const isOwn = (name: string) => own.some((volume) => volume.get("name").text === name);
  const mounts = containers.flatMap((container) => container.get("volumeMounts").items.map((mount) => mount.get("name").text));
  const added = mounts.includes("ray-logs") && !isOwn("ray-logs") ? [{ name: "ray-logs", emptyDir: {} }] : [];
  const name = `${cluster}-${group}`.slice(0, 50).toLowerCase();
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `${name}-worker-`, labels: { "ray.io/group": group } },
    spec: { ...(pod.value as object), volumes: [...own.map(({ value }) => value), ...added] },
  };
}

/** What the operator makes of a RayCluster. */
function madeOf(body: CaseBody): readonly CaseBody[] {
  const { cluster } = readRayManifest(new ManifestNode(body)) ?? {};
  if (cluster === undefined) return [];
  const type = cluster.head.spec.get("serviceType").text || "ClusterIP";
  const service = { apiVersion: "v1", kind: "Service", metadata: { generateName: "head-" }, spec: { type, ports: [{ port: 6379 }] } };
  return [service, ...cluster.podGroups.map((group) => podOf(group, "demo"))];
}

describe.skipIf(missing)(
  `the rules, on a real API server${missing === undefined ? " with KubeRay's CRDs" : ` (skipped: ${missing})`}`,
  () => {
    let plane: ControlPlane;
    let api: KubeApi;
    beforeAll(async () => {
      plane = await startControlPlane();
      api = plane.api;
      for (const crd of crds) await addKind(api, crd);
    });
    afterAll(() => plane.stop());

    /** What the server says against an object; nothing when it takes it. */
    const refusalOf = async (body: CaseBody): Promise<string | undefined> => {
      const group = body.kind === "Pod" || body.kind === "Service" ? "/api/v1" : "/apis/ray.io/v1";
      const path = `${group}/namespaces/default/${body.kind.toLowerCase()}s`;
      try {
        await api.call({ method: "POST", path, query: { dryRun: "All", fieldValidation: "Ignore" }, body }, signal);
        return undefined;
      } catch (error) {
        return String(error);
      }
    };

    it("takes all objects that only others refuse, right and wrong", async () => {
      const cases = casesByCatcher(["operator", "pod creation", "nobody", "Kueue"]);
      const refused = await Promise.all(cases.map(async ({ what, body }) => ({ what, refusal: await refusalOf(body) })));
      expect(refused.filter(({ refusal }) => refusal !== undefined)).toEqual([]);
    });

    it("refuses those that are said to be its own to refuse", async () => {
      const answers = await Promise.all(
        casesByCatcher(["API server"]).map(async (one) => ({ ...one, refusal: await refusalOf(one.body) })),
      );
      expect(
        answers.filter(({ isRight, refusal }) => isRight !== (refusal === undefined)).map(({ what, refusal }) => ({ what, refusal })),
      ).toEqual([]);
    });

    it("refuses pods and services where they are made, and takes the right ones", async () => {
      const answers = await Promise.all(
        casesByCatcher(["pod creation"]).map(async ({ what, body, isRight }) => {
          const refusals = await Promise.all(madeOf(body).map(refusalOf));
          return { what, isRight, refusals: refusals.filter((refusal) => refusal !== undefined) };
        }),
      );
      expect(answers.filter(({ isRight, refusals }) => isRight !== (refusals.length === 0))).toEqual([]);
    });

    const names = [
      "a.b",
      "a-.b",
      "a..b",
      "-a",
      "a-",
      "a.",
      "GPU",
      "a_b",
      "a b",
      "é",
      "1",
      "x".repeat(50),
      "x".repeat(63),
      "x".repeat(64),
      `${"x".repeat(44)}-y`,
      `${"x".repeat(44)}.y`,
    ];
    it.each(names)("makes pods of a group called %j just when the rule takes the name", async (groupName) => {
      const body = JSON.parse(JSON.stringify(aRayCluster({ workerGroupSpecs: [aWorkerGroup({ groupName })] }))) as CaseBody;
      const { problems } = checkManifests([body], aContext());
      const refusals = await Promise.all(madeOf(body).map(refusalOf));
      expect(refusals.some((refusal) => refusal !== undefined)).toBe(problems.some(({ rule }) => rule === "group-name-form"));
    });
  },
);
