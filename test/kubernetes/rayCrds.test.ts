import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildKubeRayProvider } from "../../scripts/buildKubeRayProvider";
import { writeRayCrds } from "../support/kubeRayCrds";
import { type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { PluginClient } from "./pluginClient";

const { signal } = new AbortController();
const PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rayclusters.ray.io";
/** KubeRay's own CRDs, where they are at hand: the project has none of KubeRay's files. */
const kubeRays = resolve(__dirname, "../../../shared/data/kuberay-crds");

interface LiveCrd {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec: {
    readonly versions: readonly {
      readonly schema: { readonly openAPIV3Schema: { readonly properties: { readonly spec: { readonly properties: object } } } };
    }[];
  };
}

describe.skipIf(controlPlaneMissing)(
  `KubeRay's CRDs on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ""}`,
  () => {
    let plane: ControlPlane;
    let folder = "";
    let plugin: PluginClient;
    let older = "";
    let newer = "";

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rayfleet-crds-"));
      older = writeRayCrds(join(folder, "older"), ["rayVersion"]);
      newer = writeRayCrds(join(folder, "newer"), ["rayVersion", "tlsOptions"]);
      await buildKubeRayProvider(resolve(__dirname, "../.."), folder);
      plane = await startControlPlane();
      plugin = await PluginClient.start(join(folder, "pulumi-resource-rayfleet"), { kubeconfig: plane.kubeconfig });
      plugin.type = "rayfleet:kubernetes:RayCrds";
    });
    afterAll(async () => {
      plugin.stop();
      await plane.stop();
      rmSync(folder, { recursive: true });
    });

    const live = async () => (await plane.api.call({ method: "GET", path: PATH }, signal)) as LiveCrd;
    const fields = async () => Object.keys((await live()).spec.versions[0]?.schema.openAPIV3Schema.properties.spec.properties ?? {});
    const asked = (operatorVersion: string, source: string) => ({ operatorVersion, source });

    it("shows in a preview what would be refused, and makes nothing", async () => {
      await plugin.create(asked("1.6.2", older), true);
      await expect(live()).rejects.toThrow("404");
      await expect(plugin.create(asked("1.6.2", join(folder, "nowhere")), true)).rejects.toThrow(
        /nowhere\/ray\.io_rayclusters\.yaml: cannot be read/,
      );
      expect(await plugin.check({ operatorVersion: "latest" })).toEqual([
        expect.stringContaining('operatorVersion: is not right; got "latest"'),
      ]);
    });

    it("makes them, upgrades them, and leaves what is newer as it is, with a warning", async () => {
      const first = await plugin.create(asked("1.6.2", older));
      expect(await fields()).not.toContain("tlsOptions");
      expect((await plugin.diff(first, asked("1.6.2", older))).paths).toEqual([]);
      expect(await plugin.diff(first, asked("1.7.0", newer))).toEqual({ paths: ["operatorVersion", "source"], replaces: [] });
      const second = await plugin.update(first, asked("1.7.0", newer));
      expect(await fields()).toContain("tlsOptions");
      expect([second.outputs["kept"], plugin.said]).toEqual([[], []]);
      // Another stack, which still asks for the older ones.
      const other = await plugin.create(asked("1.6.2", older));
      expect(await fields()).toContain("tlsOptions");
      expect(other.outputs["kept"]).toContain("rayclusters.ray.io");
      expect(plugin.said).toContain(
        "CRD rayclusters.ray.io: is newer than KubeRay 1.6.2 (it has v1.spec.tlsOptions); left as it is. Raise operator.version to that release.",
      );
    });

    it("keeps them when the stack goes, and asks for them anew where they are gone", async () => {
      const known = await plugin.create(asked("1.7.0", newer));
      await plugin.delete(known);
      expect(await fields()).toContain("tlsOptions");
      expect((await plugin.read(known)).id).toBe("ray.io");
      await plane.api.call({ method: "DELETE", path: PATH }, signal);
      await expect.poll(async () => (await plugin.read(known)).id).toBe("");
    });

    it.skipIf(!existsSync(kubeRays))(
      "takes KubeRay's own, which no client-side apply can carry (skipped where they are not beside the checkout)",
      async () => {
        await plugin.create(asked("1.7.0", kubeRays));
        expect(await fields()).toContain("workerGroupSpecs");
      },
    );
  },
);
