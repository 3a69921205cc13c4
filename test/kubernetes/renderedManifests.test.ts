import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../components/plan/kubernetes/kubernetesObject";
import { planRayCluster } from "../../components/plan/kubernetes/planRayCluster";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import type { KubeApi } from "../../kubernetes-api/kubeApi";
import { addKind, type ControlPlane, controlPlaneMissing, startControlPlane } from "./controlPlane";
import { exampleSpec, plannedExample } from "./exampleSpecs";

/** KubeRay's own CRD, where it is at hand: the project has none of KubeRay's files. */
const kubeRays = resolve(__dirname, "../../../shared/data/kuberay-crds/ray.io_rayclusters.yaml");
const crd = existsSync(kubeRays)
  ? { file: kubeRays, whose: "KubeRay's CRD" }
  : { file: join(__dirname, "crds/rayClusters.yaml"), whose: "the project's CRD" };

const signal = new AbortController().signal;

/** Where objects of a kind are made. Traefik's Middlewares are left out: their CRD is not at hand. */
const collections: Readonly<Record<string, string>> = {
  ServiceAccount: "/api/v1/namespaces/{}/serviceaccounts",
  PodTemplate: "/api/v1/namespaces/{}/podtemplates",
  ConfigMap: "/api/v1/namespaces/{}/configmaps",
  Service: "/api/v1/namespaces/{}/services",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
  Lease: "/apis/coordination.k8s.io/v1/namespaces/{}/leases",
  Deployment: "/apis/apps/v1/namespaces/{}/deployments",
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
  Ingress: "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
  PodDisruptionBudget: "/apis/policy/v1/namespaces/{}/poddisruptionbudgets",
  RayCluster: "/apis/ray.io/v1/namespaces/{}/rayclusters",
};

/** The pods as the operator makes them: the CRD knows less of pods than the API server itself. */
function podTemplates(spec: KubernetesClusterSpec): readonly (KubernetesObject & { readonly template: unknown })[] {
  const { headGroupSpec, workerGroupSpecs = [], autoscalerOptions } = planRayCluster(spec).spec;
  const { resources, volumeMounts } = autoscalerOptions ?? {};
  const autoscaler = autoscalerOptions === undefined ? [] : [{ name: "autoscaler", image: "ray", resources, volumeMounts }];
  return [headGroupSpec, ...workerGroupSpecs].map(({ template, labels }, index) => {
    const containers = [...(template.spec?.containers ?? []), ...(index === 0 ? autoscaler : [])];
    return {
      apiVersion: "v1",
      kind: "PodTemplate",
      metadata: { name: `${spec.name}-${index}`, namespace: spec.namespace },
      template: {
        metadata: { ...template.metadata, labels: { ...template.metadata?.labels, ...labels } },
        spec: { ...template.spec, containers },
      },
    };
  });
}

describe.skipIf(controlPlaneMissing)(
  `what is rendered, on a real API server${controlPlaneMissing ? ` (skipped: ${controlPlaneMissing})` : ` with ${crd.whose}`}`,
  () => {
    let plane: ControlPlane;
    let api: KubeApi;
    beforeAll(async () => {
      plane = await startControlPlane();
      api = plane.api;
      await addKind(api, crd.file);
    });
    afterAll(() => plane.stop());

    const make = (object: KubernetesObject) =>
      api.call(
        {
          method: "POST",
          path: (collections[object.kind] ?? "").replace("{}", object.metadata.namespace ?? ""),
          query: { dryRun: "All", fieldValidation: "Strict" },
          body: object,
        },
        signal,
      );

    it.each(["smallest", "agent", "typical", "everything"])("is taken as it is: the example %s", async (name) => {
      const spec = exampleSpec(name);
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: spec.namespace } };
      await api.call({ method: "POST", path: "/api/v1/namespaces", body: namespace }, signal);
      const objects = plannedExample(name).objects.filter(({ kind }) => !["Namespace", "Middleware"].includes(kind));
      expect(objects.length).toBeGreaterThan(3);
      for (const object of objects) await make(object);
      for (const template of podTemplates(spec)) await make(template);
    });

    it("would not take what has a field too many", async () => {
      const [template] = podTemplates(exampleSpec("smallest"));
      await expect(make({ ...template, colour: "blue" } as KubernetesObject)).rejects.toThrow('unknown field "colour"');
    });
  },
);
