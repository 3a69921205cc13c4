import type { MachineRecord } from "../../../emulator/metal/machineRecord";
import type { MetadataSource } from "../../../emulator/metal/metadata";

export function buildMachineRecord(changes: Partial<MachineRecord> = {}): MachineRecord {
  return {
    instanceId: "i-0a1b2c3d4e5f60718",
    instanceType: "m6i.large",
    imageId: "ami-12c6146b",
    privateIpAddress: "10.80.1.7",
    privateDnsName: "ip-10-80-1-7.ec2.internal",
    region: "us-east-1",
    availabilityZone: "us-east-1b",
    accountId: "123456789012",
    lifecycle: "spot",
    launchedAt: "2026-01-01T00:00:00Z",
    metadataTags: true,
    instanceProfileArn: "arn:aws:iam::123456789012:instance-profile/worker",
    instanceProfileId: "AIPAEXAMPLE",
    tags: { Name: "demo-cpu", "rayfleet:group": "cpu" },
    hardware: { cpus: 2, memoryMiB: 8192, gpus: 0, gpuName: null, gpuMemoryMiB: null },
    ...changes,
  };
}

export function buildMetadataSource(changes: Partial<MetadataSource> = {}, record: Partial<MachineRecord> = {}): MetadataSource {
  return {
    record: buildMachineRecord(record),
    userData: "#!/bin/sh\n",
    credentials: {
      role: "worker",
      accessKeyId: "ASIAEXAMPLE",
      secretAccessKey: "secret",
      token: "token",
      issuedAt: "2026-01-01T00:00:00Z",
      expiresAt: "2026-01-01T06:00:00Z",
    },
    spotNotice: undefined,
    ...changes,
  };
}
