/** One machine of the model, times in seconds. */
interface ModelMachine {
  readonly launchedAt: number;
  endAskedAt?: number;
}

/** What the cloud answers to a call that writes: done, or the code of its refusal. */
export type ModelAnswer = "done" | "gone" | "misconfigured";

const LAUNCH_SECONDS = 5;
const END_SECONDS = 4;

/** An Auto Scaling group of protected machines as AWS describes it, in as few words as it takes: what the in-memory cloud must do, written apart from it. */
export class GroupModel {
  desired = 0;
  /** So many machines can be had at once. */
  capacity = Number.POSITIVE_INFINITY;
  now = 0;
  machines: ModelMachine[] = [];
  readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  /** What has come and gone by now. */
  settle(): void {
    this.machines = this.machines.filter(({ endAskedAt = this.now }) => this.now - endAskedAt < END_SECONDS);
    while (this.#staying() < this.desired && this.machines.length < this.capacity) this.machines.push({ launchedAt: this.now });
  }

  setDesired(size: number): ModelAnswer {
    if (size < 0 || size > this.max) return "misconfigured";
    this.desired = size;
    this.settle();
    return "done";
  }

  /** Ends the machine at this place of the list. */
  end(place: number, takesPlace: boolean): ModelAnswer {
    const machine = this.machines[place];
    if (machine === undefined || machine.endAskedAt !== undefined) return "gone";
    if (takesPlace && this.desired === 0) return "misconfigured";
    machine.endAskedAt = this.now;
    if (takesPlace) this.desired -= 1;
    this.settle();
    return "done";
  }

  /** The machine at this place of the list is lost. */
  lose(place: number): void {
    this.machines.splice(place, 1);
    this.settle();
  }

  /** Lifecycles in the order of launch. */
  shown(): { desired: number; lifecycles: string[] } {
    const lifecycles = this.machines.map(({ launchedAt, endAskedAt }) =>
      endAskedAt !== undefined ? "terminating" : this.now - launchedAt >= LAUNCH_SECONDS ? "in-service" : "pending",
    );
    return { desired: this.desired, lifecycles };
  }

  #staying(): number {
    return this.machines.filter(({ endAskedAt }) => endAskedAt === undefined).length;
  }
}
