import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  type CreateAutoScalingGroupCommandInput,
  DescribeAutoScalingGroupsCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  CreateLaunchTemplateCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance,
  type RequestLaunchTemplateData,
} from "@aws-sdk/client-ec2";

const project = resolve(__dirname, "../../..");
export const venvPython = join(project, ".rayfleet/venv/bin/python3");
/** Why the suites cannot run, or undefined. */
export const apiMissing = existsSync(venvPython) ? undefined : "the Python environment .rayfleet/venv is not there (make venv)";

const START_TIMEOUT_MS = 30_000;

export interface RunningApi {
  readonly endpointUrl: string;
  readonly clientSettings: {
    endpoint: string;
    region: string;
    credentials: { accessKeyId: string; secretAccessKey: string };
    maxAttempts: number;
  };
  readonly ec2: EC2Client;
  readonly autoScaling: AutoScalingClient;
  stop(): Promise<void>;
}

/** An API of its own at a free port of the loopback. */
export async function startApi(...words: string[]): Promise<RunningApi> {
  const child = spawn(venvPython, [join(project, "emulator/api/launcher.py"), "--tcp", "127.0.0.1:0", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const endpointUrl = await listening(child);
  const clientSettings = {
    endpoint: endpointUrl,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  };
  return {
    endpointUrl,
    clientSettings,
    ec2: new EC2Client(clientSettings),
    autoScaling: new AutoScalingClient(clientSettings),
    stop: () =>
      new Promise((stopped) => {
        child.once("exit", () => stopped());
        child.kill("SIGKILL");
      }),
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    const overdue = setTimeout(() => failed(new Error("API: does not listen after 30 s")), START_TIMEOUT_MS);
    child.once("exit", (code) => failed(new Error(`API: ended with code ${code}`)));
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      const address = /^listening (\S+)$/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(overdue);
      found(`http://${address}`);
    });
  });
}

/** A VPC with one /28 subnet per zone. */
export async function makeSubnets(api: RunningApi, ...zones: string[]): Promise<string[]> {
  const { Vpc } = await api.ec2.send(new CreateVpcCommand({ CidrBlock: "10.80.0.0/16" }));
  const made = zones.map((zone, index) => ({ VpcId: Vpc?.VpcId, CidrBlock: `10.80.${index}.0/28`, AvailabilityZone: zone }));
  const ids: string[] = [];
  for (const each of made) {
    const { Subnet } = await api.ec2.send(new CreateSubnetCommand(each));
    ids.push(Subnet?.SubnetId ?? "");
  }
  return ids;
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export async function makeTemplate(api: RunningApi, name: string, data: RequestLaunchTemplateData = {}): Promise<string> {
  const LaunchTemplateData: RequestLaunchTemplateData = {
    ImageId: "ami-12c6146b",
    InstanceType: "m6i.large",
    UserData: base64("#!/bin/sh\necho one\n"),
    ...data,
  };
  const { LaunchTemplate } = await api.ec2.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: name, LaunchTemplateData }));
  return LaunchTemplate?.LaunchTemplateId ?? "";
}

export async function makeGroup(
  api: RunningApi,
  group: Partial<CreateAutoScalingGroupCommandInput> & { AutoScalingGroupName: string },
): Promise<void> {
  await api.autoScaling.send(new CreateAutoScalingGroupCommand({ MinSize: 0, MaxSize: 10, ...group }));
}

/** Instances of a group that were not ended, in the order of the API. */
export async function membersOf(api: RunningApi, group: string): Promise<Instance[]> {
  const { AutoScalingGroups } = await api.autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }));
  const ids = (AutoScalingGroups?.[0]?.Instances ?? []).flatMap(({ InstanceId }) => (InstanceId === undefined ? [] : [InstanceId]));
  return ids.length === 0 ? [] : instancesOf(api, ids);
}

export async function instancesOf(api: RunningApi, ids: string[]): Promise<Instance[]> {
  const { Reservations } = await api.ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }));
  return (Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
}

/** Calls until the condition holds; fails with what was seen last. */
export async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean, timeoutMs = 10_000): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not so after ${timeoutMs} ms; seen last: ${JSON.stringify(seen)}`);
    await new Promise((again) => setTimeout(again, 50));
  }
}
