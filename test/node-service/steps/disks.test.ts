import { describe, expect, it } from "vitest";
import { type DiskFacts, parseLsblk, planDisks, prepareDisks, SPILL_LABEL, SPILL_MOUNT } from "../../../node-service/steps/disks";
import { FakeMachine } from "../../support/fakeMachine";

const TB = 1e12;

function disk(overrides: Partial<DiskFacts> = {}): DiskFacts {
  return { path: "/dev/nvme1n1", sizeBytes: TB, ...overrides };
}

const second = disk({ path: "/dev/nvme2n1", sizeBytes: 2 * TB });
const ours = { fileSystem: "ext4", label: SPILL_LABEL };

describe("planDisks", () => {
  it.each([
    ["uses the root disk without instance store", [], undefined, { kind: "root-disk" }],
    ["formats one blank disk", [disk()], undefined, { kind: "format", device: "/dev/nvme1n1" }],
    ["mounts what it formatted at an earlier start", [disk(ours)], undefined, { kind: "mount", device: "/dev/nvme1n1" }],
    ["uses what is mounted", [disk({ ...ours, mountPoint: "/mnt/x" })], undefined, { kind: "ready", mountPoint: "/mnt/x" }],
    ["leaves a file system of others alone", [disk({ fileSystem: "xfs" })], undefined, { kind: "root-disk" }],
    ["makes one array of several blank disks", [disk(), second], undefined, { kind: "array", devices: ["/dev/nvme1n1", "/dev/nvme2n1"] }],
    ["mounts the array that is there", [disk(), second], disk({ ...ours, path: "/dev/md0" }), { kind: "mount", device: "/dev/md0" }],
    ["formats an array that was cut off before that", [disk(), second], disk({ path: "/dev/md0" }), { kind: "format", device: "/dev/md0" }],
    [
      "prefers its own disk to blank ones",
      [disk(), disk({ ...ours, path: "/dev/nvme3n1" })],
      undefined,
      { kind: "mount", device: "/dev/nvme3n1" },
    ],
    [
      "uses the one blank disk beside one of others",
      [disk({ fileSystem: "xfs" }), second],
      undefined,
      { kind: "format", device: "/dev/nvme2n1" },
    ],
    [
      "formats no member of an array that it cannot see",
      [disk({ fileSystem: "linux_raid_member" }), disk({ ...second, fileSystem: "linux_raid_member" })],
      undefined,
      { kind: "root-disk" },
    ],
  ])("%s", (_, devices, array, expected) => {
    expect(planDisks({ devices, canMakeArray: true, ...(array === undefined ? {} : { array }) })).toMatchObject(expected);
  });

  it("takes the largest disk where no array can be made", () => {
    expect(planDisks({ devices: [disk(), second], canMakeArray: false })).toEqual({ kind: "format", device: "/dev/nvme2n1" });
  });
});

describe("parseLsblk", () => {
  it("reads sizes as numbers or text, and leaves out what is null", () => {
    const text = JSON.stringify({
      blockdevices: [
        { path: "/dev/nvme1n1", size: 600_000_000_000, fstype: null, label: null, mountpoint: null },
        { path: "/dev/nvme2n1", size: "600000000000", fstype: "ext4", label: "a", mountpoint: "/x" },
      ],
    });
    expect(parseLsblk(text)).toEqual([
      { path: "/dev/nvme1n1", sizeBytes: 600e9 },
      { path: "/dev/nvme2n1", sizeBytes: 600e9, fileSystem: "ext4", label: "a", mountPoint: "/x" },
    ]);
  });
});

function machineWithDisks(
  names: readonly string[],
  answer: (line: string) => { code?: number; output?: string } | undefined = () => undefined,
): FakeMachine {
  const machine = new FakeMachine((command) => {
    const line = command.join(" ");
    const special = answer(line);
    if (special !== undefined) return special;
    if (command[0] !== "lsblk") return undefined;
    const paths = command.filter((word) => word.startsWith("/dev/"));
    return {
      output: JSON.stringify({ blockdevices: paths.map((path) => ({ path, size: TB, fstype: null, label: null, mountpoint: null })) }),
    };
  });
  for (const name of names) {
    machine.links.set(`/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS${name}`, `/dev/${name}`);
    machine.links.set(`/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS${name}_1`, `/dev/${name}`);
    machine.links.set(`/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS${name}-part1`, `/dev/${name}p1`);
  }
  machine.links.set("/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0", "/dev/nvme0n1");
  return machine;
}

describe("prepareDisks", () => {
  it("formats and mounts a blank instance store, each device once and the root disk never", async () => {
    const machine = machineWithDisks(["nvme1n1"]);
    expect(await prepareDisks(machine, "instance-store")).toBe(`${SPILL_MOUNT}/objects`);
    expect(machine.lines().slice(-2)).toEqual([
      `mkfs.ext4 -q -L ${SPILL_LABEL} -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 /dev/nvme1n1`,
      `mount -o noatime /dev/nvme1n1 ${SPILL_MOUNT}`,
    ]);
    expect(machine.lines().join("\n")).not.toContain("nvme0n1");
  });

  it("makes an array of two", async () => {
    const machine = machineWithDisks(["nvme1n1", "nvme2n1"]);
    await prepareDisks(machine, "instance-store");
    expect(machine.lines().filter((line) => !line.startsWith("lsblk"))).toEqual([
      "mdadm --version",
      "mdadm --create /dev/md/rayfleet --run --level=0 --homehost=any --raid-devices=2 /dev/nvme1n1 /dev/nvme2n1",
      `mkfs.ext4 -q -L ${SPILL_LABEL} -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 /dev/md/rayfleet`,
      `mount -o noatime /dev/md/rayfleet ${SPILL_MOUNT}`,
    ]);
  });

  it.each([
    ["the configuration says root-disk", "root-disk", true],
    ["it is not root", "instance-store", false],
  ] as const)("touches no disk when %s", async (_, spill, isRoot) => {
    const machine = machineWithDisks(["nvme1n1"]);
    machine.isRoot = isRoot;
    expect(await prepareDisks(machine, spill)).toBe(`${SPILL_MOUNT}/objects`);
    expect(machine.lines()).toEqual([]);
    expect(machine.folders.get(`${SPILL_MOUNT}/objects`)).toBe(0o700);
  });

  it("fails with the command's last lines", async () => {
    const machine = machineWithDisks(["nvme1n1"], (line) =>
      line.startsWith("mkfs") ? { code: 1, output: "checking\nno space\n" } : undefined,
    );
    await expect(prepareDisks(machine, "instance-store")).rejects.toThrow(/mkfs\.ext4.*: ended with code 1: checking \| no space/);
  });
});
