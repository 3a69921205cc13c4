import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { socketNames } from "../metal/metalSettings";
import { unixRequest } from "../metal/unixRequest";
import { cloudPaths } from "./cloudState";

const COMMAND_TIMEOUT_MS = 15_000;
const INSTANCE_ID = /^i-[0-9a-f]+$/;

const machineStatusSchema = z.object({
  instanceId: z.string(),
  address: z.string(),
  running: z.boolean(),
  /** Exit code of the user data, once it has ended. */
  userDataCode: z.number().optional(),
});

export type MachineStatus = z.infer<typeof machineStatusSchema>;

const execResultSchema = z.object({ exitCode: z.int(), stdout: z.string(), stderr: z.string() });

/** What a command in a machine said; `exitCode` is 124 when its time was over. */
export type ExecResult = z.infer<typeof execResultSchema>;

export interface ExecOptions {
  /** Added to the machine's own environment. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 60 */
  readonly timeoutSeconds?: number;
}

/** Every machine that the API wants to run, and whether it does. */
export async function listMachines(stateDirectory: string): Promise<MachineStatus[]> {
  const answer = await unixRequest({
    socketPath: metalSocket(stateDirectory),
    method: "GET",
    path: "/machines",
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
  return z.array(machineStatusSchema).parse(answer);
}

/** Runs a command in a machine as root. @throws UnixRequestRefused (404) when the machine does not run */
export async function machineExec(
  stateDirectory: string,
  instanceId: string,
  command: { readonly argv: readonly string[] } & ExecOptions,
): Promise<ExecResult> {
  const timeoutMs = (command.timeoutSeconds ?? 60) * 1000;
  const body = { argv: command.argv, environment: command.environment ?? {}, timeoutMs };
  return execResultSchema.parse(await tell({ stateDirectory, instanceId, command: "exec", body, timeoutMs: timeoutMs + 5_000 }));
}

/** The machine loses power; the API does not know. It stays dead until its instance is ended there. */
export async function pullPlug(stateDirectory: string, instanceId: string): Promise<void> {
  await tell({ stateDirectory, instanceId, command: "pull-plug" });
}

/** Every process of the machine stands still. */
export async function freeze(stateDirectory: string, instanceId: string): Promise<void> {
  await tell({ stateDirectory, instanceId, command: "freeze" });
}

export async function thaw(stateDirectory: string, instanceId: string): Promise<void> {
  await tell({ stateDirectory, instanceId, command: "thaw" });
}

/** Two machines of one cloud. */
export type MachinePair = readonly [instanceId: string, otherInstanceId: string];

/** From now on nothing that one of the two sends reaches the other, and neither is told. Open connections hang. @throws RangeError when one does not run */
export async function partition(stateDirectory: string, [one, other]: MachinePair): Promise<void> {
  await Promise.all([deafen(stateDirectory, [one, other]), deafen(stateDirectory, [other, one])]);
}

/** Mends a {@link partition}. */
export async function healPartition(stateDirectory: string, [one, other]: MachinePair): Promise<void> {
  await Promise.all([undeafen(stateDirectory, [one, other]), undeafen(stateDirectory, [other, one])]);
}

/** Half of a {@link partition}: what the other sends does not reach the first any more. What the first sends arrives. @throws RangeError when one does not run */
export async function deafen(stateDirectory: string, pair: MachinePair): Promise<void> {
  await tellOfOther(stateDirectory, pair, "block");
}

/** Mends {@link deafen}. */
export async function undeafen(stateDirectory: string, pair: MachinePair): Promise<void> {
  await tellOfOther(stateDirectory, pair, "unblock");
}

async function tellOfOther(stateDirectory: string, [instanceId, other]: MachinePair, command: "block" | "unblock"): Promise<void> {
  const machines = await listMachines(stateDirectory);
  const running = (id: string) => {
    const machine = machines.find((candidate) => candidate.instanceId === id && candidate.running);
    if (machine === undefined) throw new RangeError(`machine: does not run; got ${id}; expected a running one.`);
    return machine;
  };
  await tell({ stateDirectory, instanceId: running(instanceId).instanceId, command, body: { address: running(other).address } });
}

/** Announces a spot machine's end in its metadata and by an event; after the time the cloud takes it back. @param seconds EC2 gives 120 */
export async function injectSpotNotice(stateDirectory: string, instanceId: string, seconds = 120): Promise<void> {
  await tell({ stateDirectory, instanceId, command: "spot-notice", body: { seconds } });
}

/** What an AWS service says of a machine on the account's event bus. */
export interface MachineEvent {
  /** `aws.ec2` or `aws.health`. */
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The event, and nothing else: the machine does not know of it, and nothing happens to it. */
export async function announceEvent(stateDirectory: string, instanceId: string, event: MachineEvent): Promise<void> {
  await unixRequest({
    socketPath: apiSocket(stateDirectory),
    method: "POST",
    path: `/rayfleet/machines/${instanceId}/events`,
    body: event,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
}

/** All that a machine has written to its console so far; empty for one that never started. Works after its end, too. */
export async function consoleOf(stateDirectory: string, instanceId: string): Promise<string> {
  if (!INSTANCE_ID.test(instanceId))
    throw new RangeError(`instance id: is none; got ${JSON.stringify(instanceId)}; expected i- and hexadecimal digits.`);
  return readFile(join(cloudPaths(stateDirectory).machines, instanceId, "console.log"), "utf8").catch(() => "");
}

/** A refusal of launches: a field left out matches every launch. */
export interface CapacityDenial {
  readonly instanceType?: string;
  /** Name of an Auto Scaling group. */
  readonly group?: string;
  readonly zone?: string;
  readonly market?: "spot" | "on-demand";
  /** Epoch seconds; left out: until {@link restoreCapacity}. */
  readonly until?: number;
}

/** From now on the cloud has no such machines. */
export async function denyCapacity(stateDirectory: string, denial: CapacityDenial): Promise<void> {
  await unixRequest({
    socketPath: apiSocket(stateDirectory),
    method: "POST",
    path: "/rayfleet/no-capacity",
    body: denial,
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
}

/** Everything can be had again; groups notice at their next try, at most a minute later. */
export async function restoreCapacity(stateDirectory: string): Promise<void> {
  await unixRequest({
    socketPath: apiSocket(stateDirectory),
    method: "DELETE",
    path: "/rayfleet/no-capacity",
    timeoutMs: COMMAND_TIMEOUT_MS,
  });
}

interface Order {
  readonly stateDirectory: string;
  readonly instanceId: string;
  readonly command: string;
  readonly body?: unknown;
  readonly timeoutMs?: number;
}

function tell(order: Order): Promise<unknown> {
  return unixRequest({
    socketPath: metalSocket(order.stateDirectory),
    method: "POST",
    path: `/machines/${order.instanceId}/${order.command}`,
    body: order.body ?? {},
    timeoutMs: order.timeoutMs ?? COMMAND_TIMEOUT_MS,
  });
}

function metalSocket(stateDirectory: string): string {
  return join(cloudPaths(stateDirectory).socketDirectory, socketNames.metal);
}

function apiSocket(stateDirectory: string): string {
  return join(cloudPaths(stateDirectory).socketDirectory, socketNames.api);
}
