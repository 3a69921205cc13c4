import { needsGate } from "./gates";
import { type ClusterRule, envNamed, forClusters, type ManifestRule, problemAt, problemsAt } from "./manifestRule";
import type { ClusterParts } from "./rayManifest";

const ftAnnotation = "ray.io/ft-enabled";
const namespaceAnnotation = "ray.io/external-storage-namespace";
const storageVolume = "gcs-storage";
const storagePath = "/data/gcs";

function optionsOf({ spec }: ClusterParts) {
  return spec.get("gcsFaultToleranceOptions");
}

function isEmbedded(cluster: ClusterParts): boolean {
  return optionsOf(cluster).get("backend").text === "rocksdb";
}

const redisFields: readonly string[] = ["redisAddress", "redisUsername", "redisPassword", "externalStorageNamespace"];

const rules: readonly ClusterRule[] = [
  {
    id: "gcs-fault-tolerance-twice",
    caughtBy: "operator",
    text: "The annotation ray.io/ft-enabled and gcsFaultToleranceOptions are not both there.",
    check: (cluster) =>
      optionsOf(cluster).isSet
        ? problemsAt(
            [cluster.annotations.get(ftAnnotation)].filter(({ text }) => text !== ""),
            {
              problem: "says what gcsFaultToleranceOptions say too",
              expected: "only gcsFaultToleranceOptions",
              fix: "Remove the annotation.",
            },
          )
        : [],
  },
  {
    id: "redis-address-without-options",
    caughtBy: "operator",
    text: "RAY_REDIS_ADDRESS on the head needs gcsFaultToleranceOptions or the annotation ray.io/ft-enabled.",
    check: (cluster) =>
      optionsOf(cluster).isSet || cluster.annotations.get(ftAnnotation).text.toLowerCase() === "true"
        ? []
        : problemsAt(envNamed(cluster.headContainer.get("env"), "RAY_REDIS_ADDRESS"), {
            problem: "turns GCS fault tolerance on without its options",
            expected: "gcsFaultToleranceOptions.redisAddress",
            fix: "Move the address there.",
          }),
  },
  {
    id: "redis-settings-outside-options",
    caughtBy: "operator",
    text: "Beside gcsFaultToleranceOptions there is no redis-password in rayStartParams, no REDIS_PASSWORD or RAY_REDIS_ADDRESS on the head, and no annotation ray.io/external-storage-namespace.",
    check: (cluster) => {
      const param = cluster.head.spec.at("rayStartParams", "redis-password");
      const annotation = cluster.annotations.get(namespaceAnnotation);
      const variables = envNamed(cluster.headContainer.get("env"), "REDIS_PASSWORD", "RAY_REDIS_ADDRESS");
      const verdict = { expected: "the same in gcsFaultToleranceOptions", fix: "Move it there." };
      const problem = "stands beside gcsFaultToleranceOptions";
      return optionsOf(cluster).isSet
        ? [
            ...problemsAt(
              [param].filter(({ text }) => text !== ""),
              { ...verdict, problem, got: "a password" },
            ),
            ...problemsAt([...variables, ...[annotation].filter(({ text }) => text !== "")], { ...verdict, problem }),
          ]
        : [];
    },
  },
  {
    id: "redis-username-outside-options",
    caughtBy: "operator",
    text: "The user name for Redis stands in gcsFaultToleranceOptions.redisUsername only.",
    check: ({ head, headContainer }) =>
      problemsAt(
        [
          ...[head.spec.at("rayStartParams", "redis-username")].filter(({ text }) => text !== ""),
          ...envNamed(headContainer.get("env"), "REDIS_USERNAME"),
        ],
        { problem: "is not taken there", expected: "gcsFaultToleranceOptions.redisUsername", fix: "Move it there." },
      ),
  },
  {
    id: "rocksdb-gate",
    caughtBy: "operator",
    since: "1.7.0",
    text: "The backend rocksdb needs the gate GCSFaultToleranceEmbeddedStorage.",
    check: (cluster, context) =>
      isEmbedded(cluster) ? needsGate(optionsOf(cluster).get("backend"), "GCSFaultToleranceEmbeddedStorage", context) : [],
  },
  {
    id: "rocksdb-redis-fields",
    caughtBy: "operator",
    since: "1.7.0",
    text: "The backend rocksdb takes none of Redis' fields.",
    check: (cluster) =>
      isEmbedded(cluster)
        ? problemsAt(
            redisFields.map((field) => optionsOf(cluster).get(field)).filter(({ isSet, value }) => isSet && value !== ""),
            { problem: "is for Redis", got: "a setting", expected: "nothing with backend: rocksdb", fix: "Remove it." },
          )
        : [],
  },
  {
    id: "rocksdb-claim-excludes",
    caughtBy: "operator",
    since: "1.7.0",
    text: "storage.claimName excludes size, storageClassName and accessModes.",
    check: (cluster) => {
      const storage = optionsOf(cluster).get("storage");
      const others = ["size", "storageClassName", "accessModes"].map((field) => storage.get(field));
      const set = others.filter(({ isSet, value }) => isSet && !(Array.isArray(value) && value.length === 0));
      const verdict = {
        problem: "is for a claim that the operator makes",
        expected: "nothing beside claimName",
        fix: "Remove one of the two.",
      };
      return isEmbedded(cluster) && storage.get("claimName").text !== "" ? problemsAt(set, verdict) : [];
    },
  },
  {
    id: "rocksdb-managed-names",
    caughtBy: "operator",
    since: "1.7.0",
    text: "With rocksdb the head has no RAY_gcs_storage or RAY_gcs_storage_path, no volume gcs-storage and nothing mounted at /data/gcs: the operator writes them.",
    check: (cluster) => {
      const mounts = cluster.headContainer.get("volumeMounts").items;
      const taken = [
        ...envNamed(cluster.headContainer.get("env"), "RAY_gcs_storage", "RAY_gcs_storage_path"),
        ...mounts.flatMap((mount) => {
          if (mount.get("name").text === storageVolume) return [mount.get("name")];
          return mount.get("mountPath").text === storagePath ? [mount.get("mountPath")] : [];
        }),
        ...cluster.head.pod
          .get("volumes")
          .items.map((volume) => volume.get("name"))
          .filter(({ text }) => text === storageVolume),
      ];
      const verdict = { problem: "is the operator's own", expected: "another name and place", fix: "Remove or rename it." };
      return isEmbedded(cluster) ? problemsAt(taken, verdict) : [];
    },
  },
  {
    id: "storage-without-rocksdb",
    caughtBy: "operator",
    since: "1.7.0",
    text: "gcsFaultToleranceOptions.storage needs the backend rocksdb.",
    check: (cluster) => {
      const storage = optionsOf(cluster).get("storage");
      const verdict = { problem: "is for rocksdb", expected: "nothing with Redis", fix: "Remove it or set backend: rocksdb." };
      return storage.isSet && !isEmbedded(cluster) ? [problemAt(storage, verdict)] : [];
    },
  },
  {
    id: "redis-address-missing",
    caughtBy: "nobody",
    text: "gcsFaultToleranceOptions with Redis name a redisAddress. From KubeRay 1.7.0 on, Ray starts with an empty one; earlier CRDs ask for it.",
    check: (cluster) => {
      const address = optionsOf(cluster).get("redisAddress");
      const verdict = { problem: "is missing", expected: "host:port of Redis", fix: "Write it." };
      return optionsOf(cluster).isMap && !isEmbedded(cluster) && address.text === "" ? [problemAt(address, verdict)] : [];
    },
  },
];

/** What the operator asks where the head's state is kept elsewhere. */
export const gcsFaultToleranceRules: readonly ManifestRule[] = forClusters(rules);
