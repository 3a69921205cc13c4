import type { GroupModel } from "./problem";
import type { Plan, Shop } from "./purchase";

/** The rooms of a shop with fewer nodes of some groups. */
class NarrowedShop implements Shop {
  private taken = new Map<GroupModel, number>();

  constructor(
    private readonly shop: Shop,
    private readonly most: ReadonlyMap<GroupModel, number>,
  ) {}

  roomOf(group: GroupModel): number {
    const most = this.most.get(group);
    return most === undefined ? this.shop.roomOf(group) : Math.min(this.shop.roomOf(group), most - (this.taken.get(group) ?? 0));
  }

  isClusterFull(): boolean {
    return this.shop.isClusterFull();
  }

  buyAtOnce(group: GroupModel, count: number): void {
    this.shop.buyAtOnce(group, count);
    this.taken.set(group, (this.taken.get(group) ?? 0) + count);
  }

  save(): () => void {
    const restore = this.shop.save();
    const saved = new Map(this.taken);
    return () => {
      restore();
      this.taken = new Map(saved);
    };
  }
}

/**
 * Looks for a cheaper plan by planning again with fewer nodes of one of the groups that were chosen: with none, with half, with one less. What is
 * found is taken, and looked at in the same way, until nothing is cheaper or so many plans have been made.
 *
 * Every plan is one of the same rule of filling, so that whoever fills the nodes by that rule afterwards, with only these nodes to choose from,
 * comes to the same plan. A plan that only its maker knows how to fill would cost more in the end (decision 0004).
 */
export function cheaperMix(plan: Plan, { rooms, makePlan, most }: { rooms: Shop; makePlan: (rooms: Shop) => Plan; most: number }): Plan {
  let best = plan;
  let narrowed: ReadonlyMap<GroupModel, number> = new Map();
  let left = most;
  for (;;) {
    const found = narrowings(best).find(([group, count]) => {
      if (left <= 0) return false;
      left -= 1;
      const tried = new Map(narrowed).set(group, count);
      const shop = new NarrowedShop(rooms, tried);
      const restore = shop.save();
      const other = makePlan(shop);
      restore();
      if (!isCheaper(other, best)) return false;
      best = other;
      narrowed = tried;
      return true;
    });
    if (found === undefined) return best;
  }
}

function narrowings({ purchases }: Plan): readonly (readonly [GroupModel, number])[] {
  const counts = new Map<GroupModel, number>();
  for (const { group, count } of purchases) counts.set(group, (counts.get(group) ?? 0) + count);
  return [...counts].flatMap(([group, count]) => [...new Set([0, count - 1, count >> 1])].map((fewer) => [group, fewer] as const));
}

function isCheaper(one: Plan, other: Plan): boolean {
  return one.waiting.every((count) => count === 0) && one.priceUsd < other.priceUsd * (1 - 1e-9);
}
