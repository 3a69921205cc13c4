import { setTimeout as sleep } from "node:timers/promises";
import { type AutoScalingGroup, DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import type { LocalCluster } from "../../../emulator/localCluster";

const LOOK_EVERY_MS = 200;

/** Watches the worker groups from outside, past the faults, and keeps what was ever seen. */
export class GroupWatch {
  /** Rules that were broken, as sentences. */
  readonly broken: string[] = [];
  readonly #cluster: LocalCluster;
  readonly #ever = new Map<string, Set<string>>();
  #now = new Map<string, readonly string[]>();
  #stopped = false;
  readonly #work: Promise<void>;

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster;
    this.#work = this.#look();
  }

  /** Machines that the group was ever seen with. */
  ever(groupName: string): ReadonlySet<string> {
    return this.#ever.get(groupName) ?? new Set();
  }

  /** Machines of the group at the last look, and places that it has asked for and not got. */
  now(groupName: string): readonly string[] {
    return this.#now.get(groupName) ?? [];
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#work;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      // The API answers this call always: a look that fails is one less, and the next one sees the same.
      const reply = await this.#cluster.aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({})).catch(() => undefined);
      for (const group of reply?.AutoScalingGroups ?? []) this.#note(group);
      await sleep(LOOK_EVERY_MS);
    }
  }

  #note(group: AutoScalingGroup): void {
    const name = group.Tags?.find((tag) => tag.Key === "rayfleet:group")?.Value ?? "";
    const ids = (group.Instances ?? []).map((instance) => instance.InstanceId ?? "");
    const [desired, max] = [group.DesiredCapacity ?? 0, group.MaxSize ?? 0];
    if (desired > max || ids.length > max)
      this.broken.push(`${name}: above the maximum of ${max}: ${desired} asked for, ${ids.length} there`);
    const ever = this.#ever.get(name) ?? new Set();
    this.#ever.set(name, ever);
    for (const id of ids) ever.add(id);
    this.#now.set(name, ids.concat(Array.from({ length: Math.max(0, desired - ids.length) }, (_, index) => `wanted-${index}`)));
  }
}
