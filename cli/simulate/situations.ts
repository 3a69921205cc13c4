import type { DecisionNode, DecisionRequest, Demand, Gang } from "../../contract/decision";
import type { Backlog, Lot } from "./backlog";
import type { Fleet, FleetGroup, FleetNode } from "./fleet";
import type { Setup } from "./setup";
import type { Foresight, Situation } from "./strategies/strategy";
import type { TraceJob } from "./trace";

/** Ray reports no more gangs than this to an autoscaler. */
const mostGangsReported = 1000;

/** Work that is still to come, as a policy may be told. */
interface Coming {
  readonly job: TraceJob;
  readonly lot: Lot;
}

/** Puts what is simulated into the words of a decision request. */
export class Situations {
  constructor(
    private readonly setup: Setup,
    private readonly fleet: Fleet,
    private readonly backlog: Backlog,
    /** Jobs that arrive after the one moment and not after the other. */
    private readonly comingBetween: (fromSeconds: number, toSeconds: number) => readonly Coming[],
  ) {}

  /** @param loopSeconds time until the policy looks again */
  at(nowSeconds: number, loopSeconds: number): Situation {
    const request = this.request(nowSeconds, { coming: [], view: (node) => this.fleet.view(node, nowSeconds) });
    return { nowSeconds, request, ahead: (seconds) => this.ahead(nowSeconds, { seconds, loopSeconds }) };
  }

  private ahead(nowSeconds: number, { seconds, loopSeconds }: { seconds: number; loopSeconds: number }): Foresight {
    const atSeconds = nowSeconds + seconds;
    const coming = this.comingBetween(nowSeconds, atSeconds);
    const view = (node: FleetNode) => this.fleet.viewAt(node, { nowSeconds, atSeconds });
    const stillThere = coming.filter(({ job }) => job.arrivalSeconds + job.durationSeconds > atSeconds - loopSeconds);
    return { atEnd: this.request(nowSeconds, { coming: stillThere, view }), allComing: this.request(nowSeconds, { coming, view }) };
  }

  private request(
    nowSeconds: number,
    { coming, view }: { coming: readonly Coming[]; view: (node: FleetNode) => DecisionNode },
  ): DecisionRequest {
    return {
      groups: this.fleet.groups.map((group) => groupAt(group, nowSeconds)),
      nodes: this.fleet.nodes().map(view),
      demands: this.demands(coming),
      gangs: [...this.backlog.gangs, ...coming.flatMap(({ lot }) => (lot.isGang ? [lot] : []))].slice(0, mostGangsReported).map(gangOf),
      requested: [],
      limits: this.setup.limits,
      ...(this.setup.idleTimeoutSeconds === undefined ? {} : { idleTimeoutSeconds: this.setup.idleTimeoutSeconds }),
    };
  }

  private demands(coming: readonly Coming[]): Demand[] {
    const counts = new Map(this.backlog.waitingKinds().map((kind) => [kind, kind.waiting]));
    for (const { lot } of coming) if (!lot.isGang) counts.set(lot.kind, (counts.get(lot.kind) ?? 0) + lot.left);
    return [...counts].map(([{ shape, selectors }, count]) => ({ shape, count, ...(selectors === undefined ? {} : { selectors }) }));
  }
}

function groupAt({ simulated: { group }, refusedUntilSeconds }: FleetGroup, nowSeconds: number): DecisionRequest["groups"][number] {
  return nowSeconds < refusedUntilSeconds ? { ...group, unavailable: true } : group;
}

function gangOf({ kind: { shape, selectors }, left }: Lot): Gang {
  return { bundles: [{ shape, count: left, ...(selectors === undefined ? {} : { selectors }) }] };
}
