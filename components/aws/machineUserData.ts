import * as pulumi from "@pulumi/pulumi";
import type { ArtifactManifest } from "../../contract/artifactManifest";
import { renderBootShim } from "../plan/bootShim";
import { machineConfigKey } from "../plan/policies";
import type { MachineRole } from "../plan/tags";

export interface MachineUserDataArgs {
  readonly clusterName: string;
  readonly groupName: string;
  readonly role: MachineRole;
  readonly region: pulumi.Input<string>;
  readonly bucketName: pulumi.Input<string>;
  readonly manifest: ArtifactManifest;
}

/** User data of one group's machines: the boot shim, in plain text. */
export function machineUserData(args: MachineUserDataArgs): pulumi.Output<string> {
  const { clusterName, groupName, role, manifest } = args;
  const { key, sha256, version } = manifest.runtime;
  return pulumi.all([args.region, args.bucketName]).apply(([region, bucket]) =>
    renderBootShim({
      clusterName,
      groupName,
      role,
      region,
      bucket,
      machineConfigKey: machineConfigKey(groupName),
      runtime: { key, sha256, version },
      bundle: { key: manifest.bundle.key, sha256: manifest.bundle.sha256 },
    }),
  );
}
