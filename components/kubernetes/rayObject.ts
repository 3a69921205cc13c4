import * as pulumi from "@pulumi/pulumi";
import type { KubernetesObject } from "../plan/kubernetes/kubernetesObject";

/** Which API server our provider talks to, and as whom; the same as the Kubernetes provider takes. */
export interface KubernetesConnection {
  /** A kubeconfig, or the path of one. @default what kubectl would take */
  readonly kubeconfig?: pulumi.Input<string>;
  /** @default the kubeconfig's current one */
  readonly context?: pulumi.Input<string>;
}

/** Our provider of Ray's objects (`kuberay-provider/`), where the default one would look elsewhere. */
export class RayObjectProvider extends pulumi.ProviderResource {
  constructor(name: string, { kubeconfig, context }: KubernetesConnection, options?: pulumi.ResourceOptions) {
    super("rayfleet", name, { kubeconfig, context }, options);
  }
}

/** An object of KubeRay's and the place that it goes to. */
export interface RayObjectArgs {
  readonly manifest: KubernetesObject;
  /** Release of KubeRay that is there. */
  readonly operatorVersion: string;
  /** Gates of the operator that are not as it has them by default. */
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Whether Kueue is there. */
  readonly kueue: boolean;
  /** What the same program makes before. */
  readonly madeBefore: readonly ("namespace" | "operator" | "queue")[];
  /** How long the operator may take, and a deletion, seconds. @default 600 */
  readonly timeoutSeconds?: number;
}

/** An object of KubeRay's, made by our provider: it waits for the operator, and leaves to the autoscaler what is the autoscaler's. */
export class RayObject extends pulumi.CustomResource {
  /** Groups that are no longer declared and are there until their pods are gone. */
  declare readonly leavingGroups: pulumi.Output<readonly { readonly groupName: string; readonly pods: number }[]>;
  /** Of the Service before the head. */
  declare readonly headServiceName: pulumi.Output<string>;

  constructor(name: string, args: RayObjectArgs, options: pulumi.CustomResourceOptions) {
    super("rayfleet:kubernetes:RayObject", name, { ...args, leavingGroups: undefined, headServiceName: undefined }, options);
  }
}
