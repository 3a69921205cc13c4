import { Release } from "@pulumi/kubernetes/helm/v3/release";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesClusterSpec } from "../../contract/kubernetes/kubernetesClusterSpec";
import type { KubernetesObject } from "../plan/kubernetes/kubernetesObject";
import { type KubernetesClusterPlan, planKubernetesCluster } from "../plan/kubernetes/planKubernetesCluster";
import type { HelmRelease } from "../plan/kubernetes/planOperator";
import { createObject } from "./createObject";
import { RayCrds } from "./rayCrds";
import { type KubernetesConnection, RayObject, RayObjectProvider } from "./rayObject";
import { readAgentProgram } from "./readAgentProgram";

/** What is to be made. */
interface KubernetesPlatformArgs {
  /** First part of the resources' names. */
  readonly name: string;
  readonly spec: KubernetesClusterSpec;
  /** @default what kubectl would take */
  readonly connection?: KubernetesConnection | undefined;
  /** Folder with the agent's program, as `npm run build` makes it. */
  readonly agentDirectory: string;
  /** Parent of everything that is made; explicit providers come by it. */
  readonly parent: pulumi.ComponentResource;
}

/**
 * Makes a cluster on Kubernetes: namespace, operator, what the RayCluster needs, the RayCluster, the agent that sizes it, and the way in.
 *
 * @throws NoAgentProgramError when the agent's program is not built
 */
export function createKubernetesCluster({ name, spec, connection, agentDirectory, parent }: KubernetesPlatformArgs): RayObject {
  const plan = planKubernetesCluster(spec, readAgentProgram(agentDirectory));
  const make = (objects: readonly KubernetesObject[], dependsOn: readonly pulumi.Resource[]) =>
    objects.map((object) => createObject(resourceName(name, object), object, { parent, dependsOn: [...dependsOn] }));
  const { namespaces, before, cluster, jobs, after } = inOrder(plan);
  const namespace = make(namespaces, []);
  const rays = connection === undefined ? { parent } : { parent, provider: new RayObjectProvider(name, connection, { parent }) };
  const crds = plan.crds === undefined ? [] : [new RayCrds(name, plan.crds, rays)];
  const operator =
    plan.operator === undefined ? [] : [createOperator(name, spec, plan.operator, { parent, dependsOn: [...namespace, ...crds] })];
  const ground = [...namespace, ...operator, ...make(before, namespace)];
  const makeRays = rayObjectMaker(spec, rays);
  const ray = makeRays(name, cluster, ground);
  for (const job of jobs) makeRays(job.metadata.name, job, [ray]);
  // A Deployment is waited for, and its pod for what it mounts.
  const last = after.filter(({ kind }) => kind === "Deployment");
  const others = make(
    after.filter((object) => !last.includes(object)),
    [ray],
  );
  make(last, [ray, ...others]);
  return ray;
}

interface OrderedObjects {
  readonly namespaces: readonly KubernetesObject[];
  readonly before: readonly KubernetesObject[];
  readonly cluster: KubernetesObject;
  /** On the cluster. */
  readonly jobs: readonly KubernetesObject[];
  readonly after: readonly KubernetesObject[];
}

function inOrder({ objects }: KubernetesClusterPlan): OrderedObjects {
  const isRays = ({ apiVersion }: KubernetesObject) => apiVersion.startsWith("ray.io/");
  const at = objects.findIndex(isRays);
  const cluster = objects[at];
  if (cluster === undefined) throw new Error("the plan has no object of KubeRay's");
  const first = objects.slice(0, at);
  return {
    namespaces: first.filter(({ kind }) => kind === "Namespace"),
    before: first.filter(({ kind }) => kind !== "Namespace"),
    cluster,
    jobs: objects.slice(at + 1).filter(isRays),
    after: objects.slice(at + 1).filter((object) => !isRays(object)),
  };
}

/** Objects of no namespace may be several clusters' in one program; other names begin with the cluster's. */
function resourceName(name: string, { kind, metadata }: KubernetesObject): string {
  if (kind === "Namespace") return name;
  return metadata.namespace === undefined ? `${name}-${metadata.name}` : metadata.name;
}

/** A Helm release without its CRDs: Helm installs them once, never upgrades them, and another release would find them as they were. */
function createOperator(name: string, spec: KubernetesClusterSpec, release: HelmRelease, options: pulumi.CustomResourceOptions): Release {
  const { releaseName, chart, repository, version, namespace, values } = release;
  return new Release(
    `${name}-operator`,
    {
      name: releaseName,
      chart,
      version,
      namespace,
      createNamespace: namespace !== spec.namespace && spec.createNamespace,
      repositoryOpts: { repo: repository },
      values: { ...values },
      skipCrds: true,
    },
    options,
  );
}

type RayObjectMaker = (name: string, manifest: KubernetesObject, dependsOn: pulumi.Resource[]) => RayObject;

function rayObjectMaker(spec: KubernetesClusterSpec, options: pulumi.CustomResourceOptions): RayObjectMaker {
  const { version: operatorVersion, featureGates, install } = spec.operator;
  const madeBefore = [
    ...(spec.createNamespace ? ["namespace" as const] : []),
    ...(install ? ["operator" as const] : []),
    ...(spec.kueue?.localQueues.some((queue) => queue.name === spec.kueue?.queueName) ? ["queue" as const] : []),
  ];
  return (resource, manifest, dependsOn) =>
    new RayObject(
      resource,
      { manifest, operatorVersion, featureGates, kueue: spec.kueue !== undefined, madeBefore },
      { ...options, dependsOn },
    );
}
