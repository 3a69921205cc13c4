import type { KubeApiCalls } from "../../kubernetes-api/kubeApi";
import type { Clock } from "../clock";
import { withDeadline } from "../deadline";
import { agoMs, type Moment, momentOf } from "../moment";

/** A holder that has not renewed for so long is gone. */
const LEASE_SECONDS = 30;
const RENEW_EVERY_MS = 5_000;
/** Between two tries to have it: another agent that stops gives it up. */
const TRY_EVERY_MS = 2_000;
const CALL_DEADLINE_MS = 5_000;
/** So long after it was renewed the lease is surely still ours: a write that begins then has ended (8 s) before anybody else may take it. */
const SURE_MS = 15_000;

/** Who wants the lease, and of what. */
export interface AgentLeaseOptions {
  readonly api: KubeApiCalls;
  readonly clock: Clock;
  readonly namespace: string;
  readonly name: string;
  /** Of this agent; one that starts again in the same pod is the same. */
  readonly holder: string;
  /** Called once for each reason why nothing may be written. */
  readonly onWait: (problem: string) => void;
}

/** As much of a Lease as matters. */
interface Lease {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: { readonly holderIdentity?: string | null; readonly renewTime?: string | null };
}

/**
 * The Lease that one agent of a cluster holds, so that no two size it at the same time: a Deployment makes another pod while the old one may still run on a node that
 * cannot be reached.
 *
 * The Lease is made with the agent's other objects; the agent may only change it. Whether another holder is gone is told by its Lease standing still on this agent's
 * own clock, so that no two clocks are compared.
 */
export class AgentLease {
  readonly #options: AgentLeaseOptions;
  #renewed: Moment | undefined;
  /** The other holder's Lease as last seen, and since when it looks so. */
  #other: { readonly look: string; readonly since: Moment } | undefined;
  #problem = "it was not asked for yet";
  #said: string | undefined;

  constructor(options: AgentLeaseOptions) {
    this.#options = options;
  }

  /** Why nothing may be written now; undefined: this agent is surely the only one. */
  doubt(): string | undefined {
    const isSure = this.#renewed !== undefined && agoMs(this.#options.clock, this.#renewed) <= SURE_MS;
    return isSure ? undefined : `not sure to be the only agent: ${this.#problem}`;
  }

  /** Waits until this agent holds the lease, or the signal says stop. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await this.#renew(signal);
      if (this.doubt() === undefined) return;
      this.#sayOnce();
      await clock.sleep(TRY_EVERY_MS, signal);
    }
  }

  /** Renews the lease, or tries to have it again, until the signal says stop; gives it up then, so that the next agent need not wait. Never rejects. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(RENEW_EVERY_MS, signal);
      if (signal.aborted) break;
      await this.#renew(signal);
      if (this.doubt() === undefined) this.#said = undefined;
      else this.#sayOnce();
    }
    await this.#giveUp();
  }

  /** The reason of the present doubt, when it is another one than that of before. */
  #sayOnce(): void {
    if (this.#problem !== this.#said) this.#options.onWait(this.#problem);
    this.#said = this.#problem;
  }

  async #renew(signal: AbortSignal): Promise<void> {
    const { clock, holder, name } = this.#options;
    const asked = momentOf(clock);
    try {
      const lease = (await this.#call({ method: "GET" }, signal)) as Lease;
      const current = lease.spec?.holderIdentity ?? "";
      if (current !== "" && current !== holder && !this.#isGone(lease)) {
        this.#renewed = undefined;
        this.#problem = `${current} holds the Lease ${name}`;
        return;
      }
      await this.#write(lease, holder, signal);
      [this.#renewed, this.#other] = [asked, undefined];
      this.#problem = `the Lease ${name} could not be renewed in time`;
    } catch (thrown) {
      this.#problem = thrown instanceof Error ? thrown.message : String(thrown);
    }
  }

  /** True when the other's Lease has stood still for long enough. */
  #isGone({ spec, metadata }: Lease): boolean {
    const { clock } = this.#options;
    const look = JSON.stringify([spec?.holderIdentity, spec?.renewTime, metadata.resourceVersion]);
    if (this.#other?.look !== look) this.#other = { look, since: momentOf(clock) };
    // Only the clock that stands still while the machine sleeps: the other may have slept as well.
    return clock.monotonicMs() - this.#other.since.monotonicMs >= LEASE_SECONDS * 1000;
  }

  async #write({ metadata: { resourceVersion } }: Lease, holderIdentity: string, signal: AbortSignal): Promise<void> {
    // Kubernetes takes microseconds only.
    const renewTime = new Date(this.#options.clock.epochMs()).toISOString().replace("Z", "000Z");
    const spec = { holderIdentity, leaseDurationSeconds: LEASE_SECONDS, renewTime };
    await this.#call(
      { method: "PATCH", contentType: "application/merge-patch+json", body: { metadata: { resourceVersion }, spec } },
      signal,
    );
  }

  async #giveUp(): Promise<void> {
    if (this.doubt() !== undefined) return;
    this.#renewed = undefined;
    const signal = AbortSignal.timeout(CALL_DEADLINE_MS);
    try {
      const lease = (await this.#call({ method: "GET" }, signal)) as Lease;
      if (lease.spec?.holderIdentity === this.#options.holder) await this.#write(lease, "", signal);
    } catch {
      // It ends by itself.
    }
  }

  async #call(
    request: { readonly method: "GET" | "PATCH"; readonly contentType?: string; readonly body?: unknown },
    signal: AbortSignal,
  ): Promise<unknown> {
    const { api, namespace, name } = this.#options;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`;
    return await api.call({ ...request, path }, withDeadline(signal, CALL_DEADLINE_MS));
  }
}
