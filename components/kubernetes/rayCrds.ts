import * as pulumi from "@pulumi/pulumi";
import type { WantedCrds } from "../plan/kubernetes/planOperator";

/** KubeRay's CRDs, brought to a release by our provider: never back to an older one, and never removed. */
export class RayCrds extends pulumi.CustomResource {
  /** Names of those that are of a later release and stay so. */
  declare readonly kept: pulumi.Output<readonly string[]>;

  constructor(name: string, wanted: WantedCrds, options: pulumi.CustomResourceOptions) {
    super("rayfleet:kubernetes:RayCrds", name, { ...wanted, kept: undefined }, options);
  }
}
