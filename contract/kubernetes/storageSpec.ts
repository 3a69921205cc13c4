import * as z from "zod";
import { cidr, formed } from "../formedText";
import { objectName, secretKey } from "./podSpec";

const redisSchema = z.strictObject({
  redisAddress: formed(
    /^(rediss?:\/\/)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}$/,
    "host:port, redis://host:port, or rediss://host:port with TLS",
  ).describe("Address of the primary, as Ray takes it."),
  redisUsername: z.string().min(1).optional().describe("User, beside a password. By default Redis' own default user."),
  redisPasswordSecret: secretKey.optional().describe("The Secret that holds the password."),
  cidr: cidr.optional().describe("With `networkPolicy.egress: restricted`: the network that the address is in."),
  externalStorageNamespace: formed(/^[A-Za-z0-9_.-]{1,200}$/, "1 to 200 letters, digits and `- _ .`")
    .optional()
    .describe("Name under which the state is kept. By default the cluster's UID: a cluster that is made anew begins empty."),
});

const embeddedSchema = z.strictObject({
  sizeGiB: z.int().positive().optional().describe("Size of the volume that the operator makes, GiB. By default 1."),
  storageClassName: objectName.optional().describe("Its class. By default the cluster's."),
  claimName: objectName.optional().describe("A PersistentVolumeClaim that is there, instead of one that is made."),
  deletionPolicy: z.enum(["DeleteWithCluster", "Retain"]).default("DeleteWithCluster").describe("What becomes of the volume."),
});

/** Where Ray's control store keeps its state. */
export const gcsStorageSpecSchema = z.strictObject({
  redis: redisSchema.optional().describe("A Redis or Valkey that is there."),
  embedded: embeddedSchema
    .optional()
    .describe("A volume of the head; KubeRay 1.7 and its gate GCSFaultToleranceEmbeddedStorage. Exactly one of `redis` and `embedded`."),
});
