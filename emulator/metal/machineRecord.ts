import { z } from "zod";

const hardwareNumbersSchema = z.object({
  cpus: z.number().positive(),
  memoryMiB: z.number().positive(),
  gpus: z.number().nonnegative(),
  /** As EC2 calls it, for example `A10G`. */
  gpuName: z.string().nullable(),
  gpuMemoryMiB: z.number().nullable(),
});

/** What the emulated API knows of an instance that should be running; see `emulator/api/control.py`. */
export const machineRecordSchema = z.object({
  instanceId: z.string().regex(/^i-[0-9a-f]+$/),
  instanceType: z.string(),
  imageId: z.string(),
  privateIpAddress: z.ipv4(),
  privateDnsName: z.string(),
  region: z.string(),
  availabilityZone: z.string(),
  accountId: z.string(),
  lifecycle: z.enum(["on-demand", "spot"]),
  launchedAt: z.string(),
  /** Whether the metadata service tells the tags. */
  metadataTags: z.boolean(),
  instanceProfileArn: z.string().nullable(),
  instanceProfileId: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Absent for a type that AWS does not have. */
  hardware: hardwareNumbersSchema.nullable(),
});

export type MachineRecord = z.infer<typeof machineRecordSchema>;

export const machineRecordWithUserDataSchema = machineRecordSchema.extend({ userData: z.string() });

export const machineCredentialsSchema = z.object({
  role: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  token: z.string(),
  issuedAt: z.string(),
  expiresAt: z.string(),
});

export type MachineCredentials = z.infer<typeof machineCredentialsSchema>;
