import type { EnvVarSource } from "./kubernetes";

/** Where the head keeps what must outlive it. */
export interface GcsFaultToleranceOptions {
  /** Cannot be changed. @default "redis" @since KubeRay 1.7.0; `rocksdb` needs the gate GCSFaultToleranceEmbeddedStorage */
  readonly backend?: "redis" | "rocksdb";
  /** `host:port`. The API server asks for it up to KubeRay 1.6; later nobody does. */
  readonly redisAddress?: string;
  readonly redisUsername?: RedisCredential;
  readonly redisPassword?: RedisCredential;
  /** @default the cluster's UID */
  readonly externalStorageNamespace?: string;
  /** For `rocksdb` only. @since KubeRay 1.7.0 */
  readonly storage?: GcsEmbeddedStorage;
}

/** A value, or where it is kept. */
export interface RedisCredential {
  readonly value?: string;
  readonly valueFrom?: EnvVarSource;
}

/** The volume of the embedded store: a claim of one's own, or one that the operator makes. */
export interface GcsEmbeddedStorage {
  /** A claim that is there; excludes size, class and modes. */
  readonly claimName?: string;
  /** A quantity. @default "1Gi" */
  readonly size?: string;
  readonly storageClassName?: string;
  /** @default ["ReadWriteOnce"] */
  readonly accessModes?: readonly string[];
  readonly subPath?: string;
  /** @default "DeleteWithCluster" */
  readonly deletionPolicy?: "DeleteWithCluster" | "Retain";
}
