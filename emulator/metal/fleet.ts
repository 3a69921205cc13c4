import { rename, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Machine } from "./machine";
import {
  type MachineCredentials,
  type MachineRecord,
  machineCredentialsSchema,
  machineRecordSchema,
  machineRecordWithUserDataSchema,
} from "./machineRecord";
import { machineSpecification } from "./machineSpecification";
import type { SpotNotice } from "./metadata";
import { createMetadataServer } from "./metadataServer";
import { type MetalSettings, socketNames } from "./metalSettings";
import { UnixRequestRefused, unixRequest } from "./unixRequest";

const API_TIMEOUT_MS = 10_000;
/** Credentials are fetched anew when less than this is left of them, as EC2 does it. */
const CREDENTIALS_LEFT_MS = 15 * 60_000;

/** The head's tag, by which sessions find it. */
const HEAD_TAG = { key: "rayfleet:role", value: "head" } as const;

/** One instance that the API wants to run, and what became of it. */
interface Slot {
  record: MachineRecord;
  machine: Machine | undefined;
  spotNotice: SpotNotice | undefined;
  credentials: MachineCredentials | undefined;
  /** Settles when the machine is up or has failed. */
  readonly starting: Promise<void>;
}

/** A command names a machine that does not run. */
export class NoSuchMachine extends Error {}

/**
 * All machines of the cloud. {@link Fleet.follow} makes them what the API says; whoever is in the API's list runs, nobody else does.
 *
 * A machine that dies by itself or by {@link Fleet.pullPlug} stays dead until the API ends its instance: broken hardware.
 */
export class Fleet {
  private readonly slots = new Map<string, Slot>();
  /** Ended in the API, still in their grace time. */
  private readonly leaving = new Set<Slot>();
  private headOfLink: string | undefined;

  constructor(
    private readonly settings: MetalSettings,
    private readonly log: (event: string, fields: Record<string, unknown>) => void,
  ) {}

  /** One look at the API: boots what is new, switches off what is gone. Returns at once; machines come and go in the background. */
  async follow(): Promise<void> {
    const records = z.array(machineRecordSchema).parse(await this.ask("machines"));
    const wanted = new Map(records.map((record) => [record.instanceId, record]));
    for (const [instanceId, slot] of this.slots) {
      if (wanted.has(instanceId)) continue;
      this.slots.delete(instanceId);
      this.leaving.add(slot);
      void this.end(instanceId, slot);
    }
    for (const [instanceId, record] of wanted) {
      const slot = this.slots.get(instanceId);
      if (slot === undefined) this.begin(record);
      else slot.record = record;
    }
    await this.linkHead();
  }

  /** Every machine that should run, and those that are just being switched off. */
  describe(): { instanceId: string; address: string; running: boolean; userDataCode: number | undefined }[] {
    return [...this.slots.values(), ...this.leaving].map(({ record, machine }) => ({
      instanceId: record.instanceId,
      address: record.privateIpAddress,
      running: machine !== undefined,
      userDataCode: machine?.userDataCode,
    }));
  }

  /** @throws NoSuchMachine */
  machine(instanceId: string): { machine: Machine; record: MachineRecord } {
    const slot = this.slots.get(instanceId);
    if (slot?.machine === undefined) {
      throw new NoSuchMachine(`machine: does not run; got ${instanceId}; expected one of ${[...this.slots.keys()].join(", ") || "none"}.`);
    }
    return { machine: slot.machine, record: slot.record };
  }

  async pullPlug(instanceId: string): Promise<void> {
    const { machine } = this.machine(instanceId);
    machine.pullPlug();
    await machine.ended;
  }

  /** The machine's metadata and an event on the account's bus announce its end; when the time has come, the API ends the instance. */
  async noticeSpotEnd(instanceId: string, seconds: number): Promise<SpotNotice> {
    this.machine(instanceId);
    const slot = this.slots.get(instanceId);
    const end = new Date(Date.now() + seconds * 1000);
    const notice: SpotNotice = { action: "terminate", time: `${end.toISOString().slice(0, 19)}Z` };
    if (slot !== undefined) slot.spotNotice = notice;
    await unixRequest({
      socketPath: this.apiSocket(),
      method: "POST",
      path: `/rayfleet/machines/${instanceId}/events`,
      body: {
        source: "aws.ec2",
        detailType: "EC2 Spot Instance Interruption Warning",
        detail: { "instance-id": instanceId, "instance-action": notice.action },
      },
      timeoutMs: API_TIMEOUT_MS,
    });
    setTimeout(() => {
      const request = {
        socketPath: this.apiSocket(),
        method: "DELETE",
        path: `/rayfleet/machines/${instanceId}`,
        timeoutMs: API_TIMEOUT_MS,
      } as const;
      unixRequest(request).catch((error: unknown) => this.log("reclaim-failed", { instanceId, error: String(error) }));
    }, seconds * 1000).unref();
    return notice;
  }

  private begin(record: MachineRecord): void {
    const slot: Slot = {
      record,
      machine: undefined,
      spotNotice: undefined,
      credentials: undefined,
      starting: Promise.resolve().then(() => this.boot(slot)),
    };
    this.slots.set(record.instanceId, slot);
  }

  private async boot(slot: Slot): Promise<void> {
    const { instanceId } = slot.record;
    try {
      const delayMs = Date.parse(slot.record.launchedAt) + this.settings.bootDelaySeconds * 1000 - Date.now();
      if (this.settings.bootDelaySeconds > 0 && delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      const { userData: encoded } = machineRecordWithUserDataSchema.parse(await this.ask(`machines/${instanceId}`));
      const userData = Buffer.from(encoded, "base64").toString();
      const machine = await Machine.launch({
        instanceId,
        specification: await machineSpecification(this.settings, slot.record, userData),
        metadata: createMetadataServer(async () => ({
          record: slot.record,
          userData,
          credentials: await this.credentials(slot),
          spotNotice: slot.spotNotice,
        })),
        command: [join(this.settings.venvDirectory, "bin/python3"), "-S", "-E", "-s", join(this.settings.programDirectory, "machine.py")],
        consoleDirectory: join(this.settings.machinesDirectory, instanceId),
      });
      slot.machine = machine;
      this.log("machine-up", { instanceId, address: slot.record.privateIpAddress });
      void machine.ended.then(() => {
        slot.machine = undefined;
        this.log("machine-down", { instanceId, userDataCode: machine.userDataCode });
      });
    } catch (error) {
      this.log("machine-failed", { instanceId, error: error instanceof Error ? error.message : String(error) });
    }
  }

  private async end(instanceId: string, slot: Slot): Promise<void> {
    await slot.starting;
    await slot.machine?.powerOff();
    this.leaving.delete(slot);
    this.log("machine-ended", { instanceId });
  }

  private async credentials(slot: Slot): Promise<MachineCredentials | undefined> {
    if (slot.record.instanceProfileArn === null) return undefined;
    const left = slot.credentials === undefined ? 0 : Date.parse(slot.credentials.expiresAt) - Date.now();
    if (left < CREDENTIALS_LEFT_MS) {
      slot.credentials = await this.ask(`machines/${slot.record.instanceId}/credentials`).then(
        (answer) => machineCredentialsSchema.parse(answer),
        (error: unknown) => {
          // A profile without a role has no credentials; that is no fault.
          if (error instanceof UnixRequestRefused && error.status === 404) return undefined;
          throw error;
        },
      );
    }
    return slot.credentials;
  }

  private async linkHead(): Promise<void> {
    const heads = [...this.slots.values()].filter(
      (slot) => slot.machine !== undefined && slot.record.tags[HEAD_TAG.key] === HEAD_TAG.value,
    );
    const newest = heads.sort((a, b) => b.record.launchedAt.localeCompare(a.record.launchedAt))[0]?.record.instanceId;
    if (newest === this.headOfLink) return;
    const link = join(this.settings.socketDirectory, socketNames.head);
    if (newest === undefined) {
      await rm(link, { force: true });
    } else {
      await rm(`${link}.new`, { force: true });
      await symlink(socketNames.session(newest), `${link}.new`);
      await rename(`${link}.new`, link);
    }
    this.headOfLink = newest;
  }

  private ask(path: string): Promise<unknown> {
    return unixRequest({ socketPath: this.apiSocket(), method: "GET", path: `/rayfleet/${path}`, timeoutMs: API_TIMEOUT_MS });
  }

  private apiSocket(): string {
    return join(this.settings.socketDirectory, socketNames.api);
  }
}
