import type { BlockDeviceMapping, VolumeType } from "@aws-sdk/client-ec2";

/** A disk of an instance, as the provider's root and extra block devices describe it. */
export interface DiskInputs {
  readonly deviceName?: string | undefined;
  readonly volumeSize?: number | undefined;
  readonly volumeType?: string | undefined;
  readonly iops?: number | undefined;
  readonly throughput?: number | undefined;
  readonly encrypted?: boolean | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly snapshotId?: string | undefined;
  readonly deleteOnTermination?: boolean | undefined;
}

/** Name of the root device of the Linux images that AWS publishes. */
const ROOT_DEVICE_NAME = "/dev/xvda";

/** EC2's description of one disk. */
export function toBlockDevice(disk: DiskInputs): BlockDeviceMapping {
  return {
    DeviceName: disk.deviceName ?? ROOT_DEVICE_NAME,
    Ebs: {
      VolumeSize: disk.volumeSize,
      VolumeType: disk.volumeType as VolumeType | undefined,
      Iops: disk.iops,
      Throughput: disk.throughput,
      Encrypted: disk.encrypted,
      KmsKeyId: disk.kmsKeyId,
      SnapshotId: disk.snapshotId,
      DeleteOnTermination: disk.deleteOnTermination ?? true,
    },
  };
}
