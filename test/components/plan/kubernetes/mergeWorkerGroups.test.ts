import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LiveGroups, type MergeableGroup, mergeWorkerGroups } from "../../../../components/plan/kubernetes/mergeWorkerGroups";

interface Group extends MergeableGroup {
  readonly template: string;
}

const names = ["cpu", "gpu", "spot", "big"];
const anyGroup = (groupName: string) =>
  fc.record(
    {
      groupName: fc.constant(groupName),
      template: fc.constantFrom("a", "b"),
      minReplicas: fc.integer({ min: 0, max: 3 }),
      maxReplicas: fc.integer({ min: 3, max: 9 }),
      replicas: fc.integer({ min: 0, max: 9 }),
      scaleStrategy: fc.record({ workersToDelete: fc.array(fc.constantFrom("pod-1", "pod-2"), { maxLength: 2 }) }),
    },
    { requiredKeys: ["groupName", "template"] },
  ) as fc.Arbitrary<Group>;
const anyGroups = fc.shuffledSubarray(names).chain((some) => fc.tuple(...some.map(anyGroup)) as fc.Arbitrary<Group[]>);
const anyLive: fc.Arbitrary<LiveGroups<Group>> = fc.record({
  groups: anyGroups,
  pods: fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 4 }))).map((pairs) => new Map(pairs)),
});

const nameOf = ({ groupName }: Group) => groupName;
const scalingOf = ({ replicas, scaleStrategy }: Group) => ({ replicas, scaleStrategy });
const declaredPartOf = ({ replicas: _, scaleStrategy: __, ...rest }: Group) => rest;
const byName = (groups: readonly Group[]) => new Map(groups.map((group) => [group.groupName, group]));

describe("the merge of worker groups", () => {
  it("keeps what the autoscaler has set and takes the rest from the program", () => {
    const declared: Group[] = [{ groupName: "cpu", template: "new", minReplicas: 1, maxReplicas: 20, replicas: 1 }];
    const scaleStrategy = { workersToDelete: ["pod-7"] };
    const live = {
      groups: [{ groupName: "cpu", template: "old", minReplicas: 0, maxReplicas: 10, replicas: 7, scaleStrategy }],
      pods: new Map(),
    };
    expect(mergeWorkerGroups(declared, live).groups).toEqual([
      { groupName: "cpu", template: "new", minReplicas: 1, maxReplicas: 20, replicas: 7, scaleStrategy },
    ]);
  });

  it("lets a group that is no longer declared shrink, and takes it out when its pods are gone", () => {
    const live = {
      groups: [{ groupName: "old", template: "a", minReplicas: 2, maxReplicas: 9, replicas: 3 }],
      pods: new Map([["old", 3]]),
    };
    const first = mergeWorkerGroups<Group>([], live);
    expect(first).toEqual({
      groups: [{ groupName: "old", template: "a", minReplicas: 0, maxReplicas: 3, replicas: 3 }],
      leaving: [{ groupName: "old", pods: 3 }],
    });
    expect(mergeWorkerGroups<Group>([], { groups: first.groups, pods: new Map() })).toEqual({ groups: [], leaving: [] });
  });

  it("begins a new group at its minimum, after all others", () => {
    const declared: Group[] = [
      { groupName: "new", template: "a", minReplicas: 2 },
      { groupName: "cpu", template: "a" },
    ];
    const live = { groups: [{ groupName: "cpu", template: "a", replicas: 4 }], pods: new Map() };
    expect(mergeWorkerGroups(declared, live).groups).toEqual([
      { groupName: "cpu", template: "a", replicas: 4 },
      { groupName: "new", template: "a", minReplicas: 2, replicas: 2 },
    ]);
  });

  it("never touches what the autoscaler has set", () => {
    fc.assert(
      fc.property(anyGroups, anyLive, (declared, live) => {
        const before = byName(live.groups);
        for (const group of mergeWorkerGroups(declared, live).groups) {
          const was = before.get(group.groupName);
          if (was !== undefined) expect(scalingOf(group)).toEqual(scalingOf(was));
        }
      }),
    );
  });

  it("writes all else as declared", () => {
    fc.assert(
      fc.property(anyGroups, anyLive, (declared, live) => {
        const merged = byName(mergeWorkerGroups(declared, live).groups);
        for (const group of declared) expect(declaredPartOf(merged.get(group.groupName) as Group)).toEqual(declaredPartOf(group));
      }),
    );
  });

  it("moves no group, in whatever order they are declared", () => {
    fc.assert(
      fc.property(anyGroups, anyLive, (declared, live) => {
        const merged = mergeWorkerGroups(declared, live).groups.map(nameOf);
        const stay = live.groups.map(nameOf).filter((name) => merged.includes(name));
        expect(merged.slice(0, stay.length)).toEqual(stay);
        expect(
          mergeWorkerGroups([...declared].reverse(), live)
            .groups.map(nameOf)
            .slice(0, stay.length),
        ).toEqual(stay);
      }),
    );
  });

  it("forgets no group that has pods, and lets none of them grow that is not declared", () => {
    fc.assert(
      fc.property(anyGroups, anyLive, (declared, live) => {
        const merged = byName(mergeWorkerGroups(declared, live).groups);
        for (const { groupName, maxReplicas } of live.groups) {
          const pods = live.pods.get(groupName) ?? 0;
          if (pods === 0 || declared.some((group) => group.groupName === groupName)) continue;
          expect(merged.get(groupName)?.minReplicas).toBe(0);
          expect(merged.get(groupName)?.maxReplicas).toBe(Math.min(pods, maxReplicas ?? pods));
        }
      }),
    );
  });

  it("changes nothing when it is done again", () => {
    fc.assert(
      fc.property(anyGroups, anyLive, (declared, live) => {
        const once = mergeWorkerGroups(declared, live);
        expect(mergeWorkerGroups(declared, { ...live, groups: once.groups })).toEqual(once);
      }),
    );
  });
});
