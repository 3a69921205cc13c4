import { quoteValue, type SpecPath } from "../specProblem";
import { placedGroups } from "../specRule";
import type { KubernetesDraft, KubernetesRule } from "./kubernetesRule";
import { spillDirectory } from "./rayContainer";

type Volume = KubernetesDraft["head"]["volumes"][number];

interface PlacedVolumes {
  readonly volumes: readonly Volume[];
  readonly path: SpecPath;
}

function placedVolumes(draft: Parameters<KubernetesRule>[0]): readonly PlacedVolumes[] {
  return [
    { volumes: draft.spec.head.volumes, path: ["head", "volumes"] },
    ...placedGroups(draft).map(({ group, path }) => ({ volumes: group.volumes, path: [...path, "volumes"] })),
  ];
}

const sources = ["configMapName", "secretName", "claimName"] as const;

const volumeOfOne: KubernetesRule = (draft) =>
  placedVolumes(draft).flatMap(({ volumes, path }) =>
    volumes.flatMap((volume, index) => {
      const named = sources.filter((source) => volume[source] !== undefined);
      return named.length === 1
        ? []
        : [
            {
              path: [...path, index],
              problem: named.length === 0 ? "names nothing to mount" : "names two things to mount",
              got: named.length === 0 ? "nothing" : named.join(" and "),
              expected: `exactly one of ${sources.join(", ")}`,
              fix: named.length === 0 ? "Name one." : "Make two volumes of it.",
            },
          ];
    }),
  );

/** Volumes and places of rayfleet's and of the operator's. */
const taken = {
  name: ["spill", "shared-memory", "autoscaler-api-access", "shared-mem", "ray-logs", "ray-token", "ray-tls", "gcs-storage"],
  mountPath: ["/", "/dev/shm", "/tmp/ray", spillDirectory],
} as const;

const volumesApart: KubernetesRule = (draft) =>
  placedVolumes(draft).flatMap(({ volumes, path }) =>
    volumes.flatMap((volume, index) =>
      (["name", "mountPath"] as const).flatMap((key) => {
        const isTaken = (taken[key] as readonly string[]).includes(volume[key]);
        const isFirst = volumes.findIndex((other) => other[key] === volume[key]) === index;
        if (!isTaken && isFirst) return [];
        return [
          {
            path: [...path, index, key],
            problem: isTaken ? "is rayfleet's or the operator's own" : "stands in an earlier volume too",
            got: quoteValue(volume[key]),
            expected: isTaken ? "another one" : "each once in a pod",
            fix: "Change it.",
          },
        ];
      }),
    ),
  );

/** Rules about volumes that the user has. */
export const specVolumeRules: Readonly<Record<string, KubernetesRule>> = { volumeOfOne, volumesApart };
