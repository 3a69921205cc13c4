import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { runCommand } from "../../cli/runCommand";
import { kubernetesSpecForm } from "../../components/plan/kubernetes/parseKubernetesClusterSpec";
import { planArgoCd } from "../../components/plan/kubernetes/planArgoCd";
import { planKubernetesCluster } from "../../components/plan/kubernetes/planKubernetesCluster";
import { parseSpec } from "../../components/plan/parseSpec";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import { StaleObjectError } from "../../kubernetes-api/kubernetesError";
import { argoCdTarget, type Ignore, ignoring } from "./argoCdSync";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";

type Json = Record<string, unknown>;
interface Group {
  readonly groupName: string;
  readonly replicas?: number;
  readonly maxReplicas: number;
  readonly scaleStrategy?: object;
}

const signal = new AbortController().signal;
const where = { repoUrl: "https://git.example.com/ray.git", path: "demo/manifests", revision: "main", project: "default" };
const argoCd = { ...where, argoCdNamespace: "argocd", destinationName: "in-cluster" };

describe.skipIf(controlPlaneMissing)(
  `Argo CD over a RayCluster that is autoscaled, on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ""}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), "rayfleet-argo-cd-"));
    let plane: ControlPlane;
    let api: KubeApi;
    let name = "";
    let made = 0;

    beforeAll(async () => {
      plane = await startControlPlane();
      api = plane.api;
      await addKind(api, join(__dirname, "crds/rayClusters.yaml"));
      await addKind(api, join(__dirname, "crds/applications.yaml"));
    });
    afterAll(async () => {
      rmSync(folder, { recursive: true });
      await plane.stop();
    });
    beforeEach(async () => {
      made += 1;
      name = `demo-${made}`;
      await sync({});
      await scale(7);
    });

    const path = () => `/apis/ray.io/v1/namespaces/default/rayclusters/${name}`;
    const stack = ({ cpu = 4, maxReplicas = 9 }: { readonly cpu?: number; readonly maxReplicas?: number }) => ({
      platform: "kubernetes",
      name,
      namespace: "default",
      createNamespace: false,
      head: { cpu },
      workerGroups: [{ groupName: "cpu", cpu: 4, memoryGiB: 16, maxReplicas }],
    });

    function specOf(edit: Parameters<typeof stack>[0]): KubernetesClusterSpec {
      const parsed = parseSpec(kubernetesSpecForm, stack(edit), { stackName: name });
      if ("ok" in parsed) return parsed.ok;
      throw new Error(JSON.stringify(parsed.problems));
    }

    /** What the rendered Application says is to be ignored. */
    function ourIgnore(): Ignore {
      const spec = specOf({});
      const [ignored] = planArgoCd(spec, planKubernetesCluster(spec), argoCd).flatMap(
        (application) => application.spec.ignoreDifferences ?? [],
      );
      return ignoring(ignored?.jsonPointers ?? []);
    }

    /** As Argo CD does: whatever others hold is taken. */
    function apply(object: Json, fieldManager = "argocd-controller"): Promise<unknown> {
      const query = { fieldManager, force: "true" };
      return api.call({ method: "PATCH", path: path(), query, body: object, contentType: "application/apply-patch+yaml" }, signal);
    }

    async function live(): Promise<Json> {
      const object = (await api.call({ method: "GET", path: path() }, signal)) as Json & { metadata: Json };
      const { managedFields: _, ...metadata } = object.metadata;
      return { ...object, metadata };
    }

    async function look(): Promise<Json | undefined> {
      return await live().catch(() => undefined);
    }

    const git = (edit: Parameters<typeof stack>[0]): Json => {
      const ray = planKubernetesCluster(specOf(edit)).objects.find(({ kind }) => kind === "RayCluster");
      return structuredClone(ray) as unknown as Json;
    };

    async function sync(edit: Parameters<typeof stack>[0], ignore = ourIgnore(), restoresGit = true): Promise<void> {
      await apply(argoCdTarget(git(edit), await look(), ignore, restoresGit));
    }

    /** As Ray's autoscaler does it. */
    async function scale(replicas: number): Promise<void> {
      const at = "/spec/workerGroupSpecs/0";
      const body = [
        { op: "replace", path: `${at}/replicas`, value: replicas },
        { op: "add", path: `${at}/scaleStrategy`, value: { workersToDelete: [`${name}-pod`] } },
      ];
      const query = { fieldManager: "python-requests" };
      await api.call({ method: "PATCH", path: path(), query, body, contentType: "application/json-patch+json" }, signal);
    }

    async function group(): Promise<Group | undefined> {
      const { spec } = (await live()) as { readonly spec: { readonly workerGroupSpecs: readonly Group[] } };
      return spec.workerGroupSpecs[0];
    }

    async function headCpu(): Promise<unknown> {
      const { spec } = (await live()) as {
        spec: { headGroupSpec: { template: { spec: { containers: { resources: { limits: Json } }[] } } } };
      };
      return spec.headGroupSpec.template.spec.containers[0]?.resources.limits["cpu"];
    }

    it("is told so by Applications that the API server takes as they are", async () => {
      const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } };
      await api.call({ method: "POST", path: "/api/v1/namespaces", body }, signal);
      const [spec, query] = [specOf({}), { dryRun: "All", fieldValidation: "Strict" }];
      const collection = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";
      for (const application of planArgoCd(spec, planKubernetesCluster(spec), argoCd)) {
        await api.call({ method: "POST", path: collection, query, body: application }, signal);
      }
    });

    it.each([true, false])("brings what Git says and leaves what the autoscaler has set (later Argo CD: %s)", async (restoresGit) => {
      await sync({ cpu: 8 }, ourIgnore(), restoresGit);
      expect(await headCpu()).toBe("8");
      expect(await group()).toMatchObject({ replicas: 7, maxReplicas: 9, scaleStrategy: { workersToDelete: [`${name}-pod`] } });
    });

    it("is refused when the autoscaler writes between its look and its write, and finds the new number at the next try", async () => {
      const seen = await live();
      await scale(8);
      await expect(apply(argoCdTarget(git({ cpu: 8 }), seen, ourIgnore(), true))).rejects.toThrow(StaleObjectError);
      expect(await group()).toMatchObject({ replicas: 8 });
      await sync({ cpu: 8 });
      expect([await headCpu(), (await group())?.replicas]).toEqual(["8", 8]);
    });

    it("does not bring an edit of a group: that is another step", async () => {
      await sync({ maxReplicas: 20 });
      expect(await group()).toMatchObject({ replicas: 7, maxReplicas: 9 });
    });

    it("would set every group to no replicas if nothing were left alone", async () => {
      await sync({ maxReplicas: 20 }, (object) => object);
      expect(await group()).toMatchObject({ replicas: 0, maxReplicas: 20 });
    });

    describe("with a path to replicas instead of the whole list", () => {
      const paths: Ignore = (object) => {
        const copy = structuredClone(object) as { spec?: { workerGroupSpecs?: Json[] } };
        for (const one of copy.spec?.workerGroupSpecs ?? []) {
          delete one["replicas"];
          delete one["scaleStrategy"];
        }
        return copy;
      };

      it("would set every group to no replicas where Argo CD restores what Git says", async () => {
        await sync({ maxReplicas: 20 }, paths, true);
        expect(await group()).toMatchObject({ replicas: 0, maxReplicas: 20 });
      });

      it("would never bring an edit of a group before that", async () => {
        await sync({ maxReplicas: 20 }, paths, false);
        expect(await group()).toMatchObject({ replicas: 7, maxReplicas: 9 });
      });
    });

    describe("rayfleet render --living", () => {
      async function rendered(edit: Parameters<typeof stack>[0], living: Json): Promise<Json> {
        const [specFile, livingFile] = [join(folder, "stack.yaml"), join(folder, "living.yaml")];
        writeFileSync(specFile, stringify(stack(edit)));
        writeFileSync(livingFile, stringify(living));
        const { exitCode, output } = await runCommand(["render", "--spec", specFile, "--living", livingFile]);
        expect(exitCode, output).toBe(0);
        const objects = parseAllDocuments(output).map((document) => document.toJS() as Json | null);
        return objects.find((object) => object?.["kind"] === "RayCluster") ?? {};
      }

      it("brings an edit of a group and keeps what the autoscaler has set", async () => {
        await apply(await rendered({ maxReplicas: 20 }, await live()), "rayfleet");
        expect(await group()).toMatchObject({ replicas: 7, maxReplicas: 20, scaleStrategy: { workersToDelete: [`${name}-pod`] } });
        await sync({ cpu: 8, maxReplicas: 20 });
        expect([await headCpu(), (await group())?.maxReplicas]).toEqual(["8", 20]);
      });

      it("is refused over what the autoscaler has changed since", async () => {
        const seen = await live();
        await scale(8);
        await expect(apply(await rendered({ maxReplicas: 20 }, seen), "rayfleet")).rejects.toThrow(StaleObjectError);
      });
    });
  },
);
