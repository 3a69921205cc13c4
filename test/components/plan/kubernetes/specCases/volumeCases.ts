import type { SpecCase } from "./specCase";

const code = { name: "code", mountPath: "/code", configMapName: "code" };
const data = { name: "data", mountPath: "/data", claimName: "data" };

/** Of the rules about the user's volumes. */
export const volumeCases: readonly SpecCase[] = [
  {
    rule: "volumeOfOne",
    wrong: { head: { volumes: [{ name: "code", mountPath: "/code" }] } },
    right: { head: { volumes: [code] } },
    says: "head.volumes[0]: names nothing to mount; got nothing; expected exactly one of configMapName, secretName, claimName. Name one.",
  },
  {
    rule: "volumeOfOne",
    wrong: { head: { volumes: [{ ...code, claimName: "data" }] } },
    right: { head: { volumes: [code, data] } },
    says: "head.volumes[0]: names two things to mount; got configMapName and claimName; expected exactly one of configMapName, secretName, claimName. Make two volumes of it.",
  },
  {
    rule: "volumesApart",
    wrong: { head: { volumes: [code, { ...data, mountPath: "/code" }] } },
    right: { head: { volumes: [code, data] } },
    says: 'head.volumes[1].mountPath: stands in an earlier volume too; got "/code"; expected each once in a pod. Change it.',
  },
  {
    rule: "volumesApart",
    wrong: { head: { volumes: [{ ...data, mountPath: "/dev/shm" }] } },
    right: { head: { volumes: [data] } },
    says: "head.volumes[0].mountPath: is rayfleet's or the operator's own; got \"/dev/shm\"; expected another one. Change it.",
  },
  {
    rule: "volumesApart",
    wrong: { head: { volumes: [{ ...data, name: "spill" }] } },
    right: { head: { volumes: [{ ...data, name: "datasets" }] } },
    says: "head.volumes[0].name: is rayfleet's or the operator's own; got \"spill\"; expected another one. Change it.",
  },
];
