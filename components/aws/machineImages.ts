import * as ssm from "@pulumi/aws/ssm";
import * as pulumi from "@pulumi/pulumi";

/** Public parameters in which AWS keeps the id of its newest images. Source: AWS Systems Manager user guide, "Finding public parameters". */
const newestImageParameters = {
  /** Amazon Linux 2023, x86_64. */
  standard: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
  /** Amazon Linux 2023 with NVIDIA's open driver, x86_64. */
  gpu: "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-amazon-linux-2023/latest/ami-id",
} as const;

/** What decides which image a machine starts from. */
export interface MachineImageNeeds {
  /** The user's own image; its root device must be `/dev/xvda`. */
  readonly amiId?: string | undefined;
  readonly hasGpu: boolean;
}

/** Root device of Amazon Linux images and of what is made from them. */
export const ROOT_DEVICE_NAME = "/dev/xvda";

/**
 * Finds machine images: the user's, or the newest that AWS has. Each parameter is asked for once, and only when something needs it.
 */
export function machineImages(parent: pulumi.Resource): (needs: MachineImageNeeds) => pulumi.Output<string> {
  const found = new Map<keyof typeof newestImageParameters, pulumi.Output<string>>();
  return ({ amiId, hasGpu }) => {
    if (amiId !== undefined) {
      return pulumi.output(amiId);
    }
    const kind = hasGpu ? "gpu" : "standard";
    const known = found.get(kind) ?? newestImage(newestImageParameters[kind], parent);
    found.set(kind, known);
    return known;
  };
}

function newestImage(parameterName: string, parent: pulumi.Resource): pulumi.Output<string> {
  // The provider marks every parameter's value secret; the id of a public image is none, and as a secret it would hide every diff.
  return pulumi.unsecret(ssm.getParameterOutput({ name: parameterName }, { parent }).value);
}
