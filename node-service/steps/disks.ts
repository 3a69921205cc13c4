import * as z from "zod";
import { describeFailure, type MachineAccess } from "../machineAccess";

/** A block device as `lsblk` shows it. */
export interface DiskFacts {
  readonly path: string;
  readonly sizeBytes: number;
  /** `ext4`, `linux_raid_member`, …; absent: unformatted. */
  readonly fileSystem?: string;
  readonly label?: string;
  readonly mountPoint?: string;
}

export interface InstanceStoreFacts {
  /** The NVMe devices of the instance store, in path order. */
  readonly devices: readonly DiskFacts[];
  /** The array made of them at an earlier start. */
  readonly array?: DiskFacts;
  /** Whether `mdadm` is, or can be put, on the machine. */
  readonly canMakeArray: boolean;
}

/** What to do with the instance store; `why` is for a person. */
export type DiskPlan =
  | { readonly kind: "root-disk"; readonly why: string }
  | { readonly kind: "ready"; readonly mountPoint: string }
  | { readonly kind: "mount"; readonly device: string }
  | { readonly kind: "format"; readonly device: string }
  | { readonly kind: "array"; readonly devices: readonly string[] };

/** Where the instance store is mounted, and the folder for spilled objects when there is none. */
export const SPILL_MOUNT = "/var/lib/rayfleet/spill";
/** Label of our own file system: only what carries it, or nothing at all, is ever touched. */
export const SPILL_LABEL = "rayfleet-spill";
const ARRAY = "/dev/md/rayfleet";
const BY_ID = "/dev/disk/by-id";
const INSTANCE_STORE = /^nvme-Amazon_EC2_NVMe_Instance_Storage_[0-9A-Za-z]+(?:_\d+)?$/;

function useDevice(device: DiskFacts): DiskPlan {
  if (device.mountPoint !== undefined) return { kind: "ready", mountPoint: device.mountPoint };
  if (device.fileSystem === undefined) return { kind: "format", device: device.path };
  if (device.label === SPILL_LABEL) return { kind: "mount", device: device.path };
  return { kind: "root-disk", why: `${device.path} holds a ${device.fileSystem} that is not ours, so it is left alone` };
}

/**
 * Decides where objects spill.
 *
 * Guarantees: a device that holds data of others is never formatted; the same machine after a reboot only mounts; a machine without
 * instance store uses its root disk.
 */
export function planDisks(facts: InstanceStoreFacts): DiskPlan {
  if (facts.array !== undefined) return useDevice(facts.array);
  const [first, ...others] = facts.devices;
  if (first === undefined) return { kind: "root-disk", why: "the machine has no instance store" };
  if (others.length === 0) return useDevice(first);
  const ours = facts.devices.find((device) => device.label === SPILL_LABEL);
  if (ours !== undefined) return useDevice(ours);
  const blank = facts.devices.filter((device) => device.fileSystem === undefined && device.mountPoint === undefined);
  if (blank.length > 1 && facts.canMakeArray) return { kind: "array", devices: blank.map((device) => device.path) };
  const largest = [...blank].sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))[0];
  return useDevice(largest ?? first);
}

const lsblkSchema = z.object({
  blockdevices: z.array(
    z.object({
      path: z.string(),
      size: z.coerce.number(),
      fstype: z.string().nullish(),
      label: z.string().nullish(),
      mountpoint: z.string().nullish(),
    }),
  ),
});

/** Reads the answer of `lsblk --json --bytes --nodeps`. */
export function parseLsblk(text: string): readonly DiskFacts[] {
  return lsblkSchema.parse(JSON.parse(text)).blockdevices.map((device) => ({
    path: device.path,
    sizeBytes: device.size,
    ...(device.fstype ? { fileSystem: device.fstype } : {}),
    ...(device.label ? { label: device.label } : {}),
    ...(device.mountpoint ? { mountPoint: device.mountpoint } : {}),
  }));
}

async function run(machine: MachineAccess, command: readonly string[]): Promise<string> {
  const result = await machine.shell.run(command, { timeoutSeconds: 300, logName: "disks" });
  if (result.code !== 0) throw new Error(describeFailure(command.join(" "), result));
  return result.output;
}

async function findDevicePaths(machine: MachineAccess): Promise<readonly string[]> {
  const names = (await machine.files.list(BY_ID)).filter((name) => INSTANCE_STORE.test(name));
  const paths = await Promise.all(names.map((name) => machine.files.realPath(`${BY_ID}/${name}`)));
  // udev makes two links for one device, with and without the namespace's number.
  return [...new Set(paths.filter((path) => path !== undefined))].sort();
}

async function canMakeArray(machine: MachineAccess): Promise<boolean> {
  const probe = async (): Promise<boolean> => (await machine.shell.run(["mdadm", "--version"], { timeoutSeconds: 20 })).code === 0;
  if (await probe()) return true;
  const install = "if command -v dnf >/dev/null; then dnf install -y -q mdadm; else apt-get update -q && apt-get install -y -q mdadm; fi";
  await machine.shell.run(["sh", "-c", install], { timeoutSeconds: 180, logName: "disks" });
  return probe();
}

async function readDisks(machine: MachineAccess, paths: readonly string[]): Promise<readonly DiskFacts[]> {
  return parseLsblk(
    await run(machine, ["lsblk", "--json", "--bytes", "--nodeps", "--output", "PATH,SIZE,FSTYPE,LABEL,MOUNTPOINT", ...paths]),
  );
}

async function readFacts(machine: MachineAccess): Promise<InstanceStoreFacts> {
  const paths = await findDevicePaths(machine);
  if (paths.length === 0) return { devices: [], canMakeArray: false };
  // After a reboot the array is there by itself, or its members wait to be put together again.
  if ((await readDisks(machine, paths)).some((disk) => disk.fileSystem === "linux_raid_member")) {
    await machine.shell.run(["mdadm", "--assemble", "--scan"], { timeoutSeconds: 60, logName: "disks" });
  }
  const arrayPath = await machine.files.realPath(ARRAY);
  const disks = await readDisks(machine, arrayPath === undefined ? paths : [...paths, arrayPath]);
  const array = disks.find((disk) => disk.path === arrayPath);
  return {
    devices: disks.filter((disk) => paths.includes(disk.path)),
    ...(array === undefined ? {} : { array }),
    canMakeArray: paths.length > 1 && array === undefined && (await canMakeArray(machine)),
  };
}

async function format(machine: MachineAccess, device: string): Promise<void> {
  // Discarding every block first takes minutes on a large disk and gains nothing on a fresh one.
  await run(machine, ["mkfs.ext4", "-q", "-L", SPILL_LABEL, "-E", "nodiscard,lazy_itable_init=1,lazy_journal_init=1", device]);
}

async function mount(machine: MachineAccess, device: string): Promise<string> {
  await machine.files.makeFolder(SPILL_MOUNT, 0o700);
  await run(machine, ["mount", "-o", "noatime", device, SPILL_MOUNT]);
  return SPILL_MOUNT;
}

async function makeReady(machine: MachineAccess, plan: DiskPlan): Promise<string> {
  switch (plan.kind) {
    case "root-disk":
      return SPILL_MOUNT;
    case "ready":
      return plan.mountPoint;
    case "mount":
      return mount(machine, plan.device);
    case "format":
      await format(machine, plan.device);
      return mount(machine, plan.device);
    case "array": {
      const count = String(plan.devices.length);
      await run(machine, ["mdadm", "--create", ARRAY, "--run", "--level=0", "--homehost=any", `--raid-devices=${count}`, ...plan.devices]);
      await format(machine, ARRAY);
      return mount(machine, ARRAY);
    }
  }
}

/**
 * The folder that Ray spills objects to, on the instance store where the configuration wants it and the machine has one.
 *
 * @throws Error with the command's last lines when a disk cannot be made ready
 */
export async function prepareDisks(machine: MachineAccess, spill: "instance-store" | "root-disk"): Promise<string> {
  const plan: DiskPlan =
    spill === "root-disk"
      ? { kind: "root-disk", why: "the configuration says so" }
      : !machine.isRoot
        ? { kind: "root-disk", why: "only root may prepare disks" }
        : planDisks(await readFacts(machine));
  machine.log("disks-planned", { ...plan });
  const folder = `${await makeReady(machine, plan)}/objects`;
  await machine.files.makeFolder(folder, 0o700);
  return folder;
}
