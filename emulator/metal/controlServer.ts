import { createServer, type IncomingMessage, type Server } from "node:http";
import { z } from "zod";
import { type Fleet, NoSuchMachine } from "./fleet";
import { runInMachine } from "./machineCommand";
import { machineEnvironment } from "./machineSpecification";
import type { MetalSettings } from "./metalSettings";
import { filterPackets } from "./packetFilter";
import { freezeProcesses, thawProcesses } from "./processTree";

const execSchema = z.strictObject({
  argv: z.array(z.string()).min(1),
  environment: z.record(z.string(), z.string()).default({}),
  timeoutMs: z.int().positive().max(600_000),
});
const addressSchema = z.strictObject({ address: z.ipv4() });
const spotSchema = z.strictObject({ seconds: z.number().nonnegative() });

/**
 * Metal's own socket: `GET /machines`, and `POST /machines/<id>/<command>` with the commands of {@link commands}.
 * Answers are JSON; 404 for a machine that does not run, 400 for a wrong body.
 */
export function createControlServer(fleet: Fleet, settings: MetalSettings): Server {
  return createServer((incoming, answer) => {
    const send = (status: number, body: unknown): void => {
      answer.writeHead(status, { "content-type": "application/json" });
      answer.end(JSON.stringify(body));
    };
    route(fleet, settings, incoming).then(
      (body) => send(200, body ?? {}),
      (error: unknown) => send(statusOf(error), { error: error instanceof Error ? error.message : String(error) }),
    );
  });
}

class NoSuchPath extends Error {}

function statusOf(error: unknown): number {
  if (error instanceof NoSuchMachine || error instanceof NoSuchPath) return 404;
  return error instanceof z.ZodError || error instanceof SyntaxError ? 400 : 500;
}

async function route(fleet: Fleet, settings: MetalSettings, incoming: IncomingMessage): Promise<unknown> {
  const [, first = "", instanceId = "", command = ""] = (incoming.url ?? "/").split("/");
  if (incoming.method === "GET" && first === "machines" && instanceId === "") return fleet.describe();
  const run = commands[command];
  if (incoming.method !== "POST" || first !== "machines" || run === undefined)
    throw new NoSuchPath(`${incoming.method} ${incoming.url}: no such path`);
  return run({ fleet, settings, instanceId, body: await bodyOf(incoming) });
}

interface Call {
  readonly fleet: Fleet;
  readonly settings: MetalSettings;
  readonly instanceId: string;
  readonly body: unknown;
}

const commands: Readonly<Record<string, (call: Call) => Promise<unknown>>> = {
  exec: ({ fleet, settings, instanceId, body }) => {
    const { argv, environment, timeoutMs } = execSchema.parse(body);
    const { machine, record } = fleet.machine(instanceId);
    return runInMachine({
      first: machine.first,
      argv,
      timeoutMs,
      environment: { ...machineEnvironment(settings, record.region), ...environment },
    });
  },
  "pull-plug": ({ fleet, instanceId }) => fleet.pullPlug(instanceId),
  freeze: ({ fleet, instanceId }) => freezeProcesses(fleet.machine(instanceId).machine.first),
  thaw: ({ fleet, instanceId }) => thawProcesses(fleet.machine(instanceId).machine.first),
  block: ({ fleet, settings, instanceId, body }) =>
    filterPackets(settings, fleet.machine(instanceId).machine.first, { verb: "block", ...addressSchema.parse(body) }),
  unblock: ({ fleet, settings, instanceId, body }) =>
    filterPackets(settings, fleet.machine(instanceId).machine.first, { verb: "unblock", ...addressSchema.parse(body) }),
  "spot-notice": async ({ fleet, instanceId, body }) => fleet.noticeSpotEnd(instanceId, spotSchema.parse(body).seconds),
};

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : JSON.parse(text);
}
