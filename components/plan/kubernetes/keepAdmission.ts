/** What Kueue writes into the pod templates of what it admits: by name, and as lists. */
const MAPS = [
  ["metadata", "labels"],
  ["metadata", "annotations"],
  ["spec", "nodeSelector"],
] as const;
const LISTS = [
  ["spec", "tolerations"],
  ["spec", "schedulingGates"],
] as const;

type Plain = Readonly<Record<string, unknown>>;

interface PodGroup extends Plain {
  readonly groupName?: string;
  readonly template?: unknown;
}

/** Groups of pods as a RayCluster has them. */
export interface PodGroups {
  readonly headGroupSpec?: unknown;
  readonly workerGroupSpecs?: unknown;
}

/** The same cluster as it is there, and as it was declared before. */
export interface AdmittedBefore {
  readonly live: PodGroups;
  /** Absent: not known, and taken to be as it is declared now. */
  readonly previous?: PodGroups | undefined;
}

/**
 * Keeps in each pod template what Kueue has written there when it admitted the cluster (the nodes of a flavor, tolerations, labels): what is there and was never declared.
 * Without it an edit would let new pods go to nodes that the quota is not for.
 *
 * @param declared groups of pods; a group that is not there yet stays as declared
 */
export function keepAdmission<Groups extends PodGroups>(declared: Groups, { live, previous = declared }: AdmittedBefore): Groups {
  const head = declared.headGroupSpec;
  const workers = groupsOf(declared).map((group) => withAdmission(group, named(live, group.groupName), named(previous, group.groupName)));
  return {
    ...declared,
    ...(head === undefined ? {} : { headGroupSpec: withAdmission(plain(head), plain(live.headGroupSpec), plain(previous.headGroupSpec)) }),
    ...(declared.workerGroupSpecs === undefined ? {} : { workerGroupSpecs: workers }),
  };
}

function groupsOf({ workerGroupSpecs }: PodGroups): readonly PodGroup[] {
  return Array.isArray(workerGroupSpecs) ? (workerGroupSpecs as readonly PodGroup[]) : [];
}

function named(groups: PodGroups, groupName: string | undefined): Plain {
  return groupsOf(groups).find((group) => group.groupName === groupName) ?? {};
}

function plain(value: unknown): Plain {
  return typeof value === "object" && value !== null ? (value as Plain) : {};
}

function withAdmission(group: Plain, live: Plain, previous: Plain): Plain {
  const [now, there, before] = [plain(group["template"]), plain(live["template"]), plain(previous["template"])];
  const parts: Record<string, Record<string, unknown>> = {};
  for (const [part, key] of MAPS) {
    const kept = Object.entries(plain(plain(there[part])[key])).filter(([name]) => !(name in plain(plain(before[part])[key])));
    if (kept.length > 0) parts[part] = { ...parts[part], [key]: { ...Object.fromEntries(kept), ...plain(plain(now[part])[key]) } };
  }
  for (const [part, key] of LISTS) {
    const own = [...items(now, part, key), ...items(before, part, key)].map(textOf);
    const kept = items(there, part, key).filter((item) => !own.includes(textOf(item)));
    if (kept.length > 0) parts[part] = { ...parts[part], [key]: [...items(now, part, key), ...kept] };
  }
  if (Object.keys(parts).length === 0) return group;
  const merged = Object.fromEntries(Object.entries(parts).map(([part, values]) => [part, { ...plain(now[part]), ...values }]));
  return { ...group, template: { ...now, ...merged } };
}

function items(template: Plain, part: string, key: string): readonly unknown[] {
  const list = plain(template[part])[key];
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

/** Equal values have equal texts, in whatever order their keys were written. */
function textOf(value: unknown): string {
  return JSON.stringify(Object.entries(plain(value)).sort(([one], [other]) => (one < other ? -1 : 1)));
}
