import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Deployment, type DeploymentArgs } from "@pulumi/kubernetes/apps/v1/deployment";
import { Lease } from "@pulumi/kubernetes/coordination/v1/lease";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { Ingress } from "@pulumi/kubernetes/networking/v1/ingress";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding, type RoleBindingArgs } from "@pulumi/kubernetes/rbac/v1/roleBinding";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../plan/kubernetes/kubernetesObject";

type Maker = (name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** By kind. Any other is a custom resource. */
const makers: Readonly<Record<string, Maker>> = {
  Namespace: (name, object, options) => new Namespace(name, written(object), options),
  ServiceAccount: (name, object, options) => new ServiceAccount(name, written(object), options),
  Role: (name, object, options) => new Role(name, written(object), options),
  // These two ask for more than a name; the plan has it.
  RoleBinding: (name, object, options) => new RoleBinding(name, written(object) as RoleBindingArgs, options),
  Lease: (name, object, options) => new Lease(name, written(object), options),
  ConfigMap: (name, object, options) => new ConfigMap(name, written(object), options),
  Service: (name, object, options) => new Service(name, written(object), options),
  Deployment: (name, object, options) => new Deployment(name, written(object) as DeploymentArgs, options),
  NetworkPolicy: (name, object, options) => new NetworkPolicy(name, written(object), options),
  PodDisruptionBudget: (name, object, options) => new PodDisruptionBudget(name, written(object), options),
  Ingress: (name, object, options) => new Ingress(name, written(unawaited(object)), options),
};

/** Without what the class says already. */
function written({ apiVersion: _, kind: __, ...rest }: KubernetesObject): Pick<KubernetesObject, "metadata"> {
  return rest;
}

/** Not every controller writes the address that Pulumi would wait for. */
function unawaited({ metadata, ...object }: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" } } };
}

/** Makes a planned object by Pulumi's own Kubernetes provider. */
export function createObject(name: string, object: KubernetesObject, options: pulumi.CustomResourceOptions): pulumi.CustomResource {
  const maker = makers[object.kind] ?? ((...words: Parameters<Maker>) => new CustomResource(...words));
  return maker(name, object, options);
}
