import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import { TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  denyCapacity,
  freeze,
  healPartition,
  injectSpotNotice,
  machineExec,
  partition,
  pullPlug,
  restoreCapacity,
  thaw,
} from "../cloud/machineCommands";
import type { LocalCluster } from "../localCluster";
import type { LocalStack } from "../localStack";
import { Progress } from "./progress";
import { findRunningCluster, NOTHING_RUNS } from "./runningCluster";

const SPOT_NOTICE_SECONDS = 120;
/** How `pkill` finds a process of a machine. */
const processes: Readonly<Record<string, readonly string[]>> = {
  raylet: ["-x", "raylet"],
  gcs_server: ["-x", "gcs_server"],
  agent: ["-f", "/bundle/agent.js"],
};

interface Target {
  readonly local: LocalStack;
  readonly cluster: LocalCluster;
}

/** One way to break the running stack, or to mend it. */
interface Breakage {
  /** What follows its name, a word each; those in brackets may be left out. */
  readonly parameters: readonly string[];
  readonly text: string;
  /** @returns what was done, for the screen */
  readonly run: (target: Target, words: readonly string[]) => Promise<string>;
}

/** A breakage of one machine. */
function ofMachine(text: string, done: string, run: (stateDirectory: string, instanceId: string) => Promise<void>): Breakage {
  return {
    parameters: ["MACHINE"],
    text,
    run: async (target, [word = ""]) => {
      const instanceId = await machineOf(target.cluster, word);
      await run(target.local.stateDirectory, instanceId);
      return `${instanceId} ${done}`;
    },
  };
}

/** A breakage between two machines. */
function ofPair(text: string, done: string, run: typeof partition): Breakage {
  return {
    parameters: ["MACHINE", "MACHINE"],
    text,
    run: async ({ local, cluster }, [one = "", other = ""]) => {
      const pair = [await machineOf(cluster, one), await machineOf(cluster, other)] as const;
      await run(local.stateDirectory, pair);
      return `${pair.join(" and ")} ${done}`;
    },
  };
}

/** What `make break` can do, by name. */
const breakages: Readonly<Record<string, Breakage>> = {
  "pull-plug": ofMachine("no power from now on; the cloud does not know", "has no power", pullPlug),
  freeze: ofMachine("every process stands still", "stands still", freeze),
  thaw: ofMachine("and goes on", "goes on", thaw),
  cut: ofPair("what these two send each other is lost without a word", "hear nothing of each other", partition),
  join: ofPair("and arrives again", "hear each other", healPartition),
  kill: {
    parameters: ["MACHINE", "PROCESS"],
    text: `SIGKILL to one of ${Object.keys(processes).join(", ")}`,
    run: async ({ local, cluster }, [word = "", name = ""]) => {
      const instanceId = await machineOf(cluster, word);
      const pattern = Object.hasOwn(processes, name) ? processes[name] : undefined;
      if (pattern === undefined) {
        throw new RangeError(`process: is unknown; got "${name}"; expected one of ${Object.keys(processes).join(", ")}.`);
      }
      const { exitCode } = await machineExec(local.stateDirectory, instanceId, { argv: ["pkill", "-KILL", ...pattern] });
      return exitCode === 0 ? `${name} of ${instanceId} is killed` : `${instanceId} runs no ${name}`;
    },
  },
  "spot-notice": {
    parameters: ["MACHINE", "[SECONDS]"],
    text: `the cloud takes the machine back after so many seconds (${SPOT_NOTICE_SECONDS}), and says so now`,
    run: async ({ local, cluster }, [word = "", seconds = String(SPOT_NOTICE_SECONDS)]) => {
      const instanceId = await machineOf(cluster, word);
      if (!/^[1-9]\d{0,4}$/.test(seconds)) {
        throw new RangeError(`seconds: is not a time; got "${seconds}"; expected a whole number from 1 to 99999.`);
      }
      await injectSpotNotice(local.stateDirectory, instanceId, Number(seconds));
      return `${instanceId} is taken back in ${seconds} s`;
    },
  },
  end: {
    parameters: ["MACHINE"],
    text: "the cloud ends the machine, as a person would in the console",
    run: async ({ cluster }, [word = ""]) => {
      const instanceId = await machineOf(cluster, word);
      await cluster.aws.ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
      return `${instanceId} is ended`;
    },
  },
  "no-capacity": {
    parameters: ["GROUP"],
    text: "the cloud has no machine for this worker group",
    run: async ({ local, cluster }, [groupName = ""]) => {
      const group = (await workerGroups(cluster)).find((candidate) => candidate.groupName === groupName);
      if (group === undefined) throw await unknownPlace(cluster, "group", groupName);
      await denyCapacity(local.stateDirectory, { group: group.cloudName });
      return `no machines for worker group ${groupName}`;
    },
  },
  capacity: {
    parameters: [],
    text: "and has machines for all again",
    run: async ({ local }) => {
      await restoreCapacity(local.stateDirectory);
      return "machines for every worker group";
    },
  },
};

/** `make break DO="pull-plug head"`: breaks the running stack by hand. Exit code 2 when the words make no sense, 1 when nothing runs. */
export async function runBreak(local: LocalStack, _signal: AbortSignal, [name = "", ...words]: readonly string[]): Promise<number> {
  const progress = new Progress();
  const breakage = Object.hasOwn(breakages, name) ? breakages[name] : undefined;
  const needed = breakage?.parameters.filter((parameter) => !parameter.startsWith("[")).length ?? 0;
  if (breakage === undefined || words.length < needed || words.length > breakage.parameters.length) {
    for (const line of usage()) progress.print(line);
    return name === "" ? 0 : 2;
  }
  const cluster = await findRunningCluster(local);
  if (cluster === undefined) {
    progress.print(NOTHING_RUNS);
    return 1;
  }
  progress.print(await breakage.run({ local, cluster }, words));
  return 0;
}

function usage(): string[] {
  const lines = Object.entries(breakages).map(([name, { parameters, text }]) => `  ${[name, ...parameters].join(" ").padEnd(32)} ${text}`);
  return [
    'make break DO="…", with one of:',
    ...lines,
    "MACHINE: head, an instance id, or the name of a worker group for one of its machines. What then happens: docs/reliability.md.",
  ];
}

interface WorkerGroup {
  readonly groupName: string;
  /** What the cloud calls it. */
  readonly cloudName: string;
  readonly instanceIds: readonly string[];
}

async function workerGroups({ aws, outputs }: LocalCluster): Promise<WorkerGroup[]> {
  const Filters = [{ Name: "tag:rayfleet:cluster", Values: [outputs.clusterName] }];
  const { AutoScalingGroups = [] } = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({ Filters }));
  return AutoScalingGroups.map(({ AutoScalingGroupName: cloudName = "", Tags = [], Instances = [] }) => ({
    groupName: Tags.find(({ Key }) => Key === "rayfleet:group")?.Value ?? cloudName,
    cloudName,
    instanceIds: Instances.map(({ InstanceId = "" }) => InstanceId),
  }));
}

async function machineOf(cluster: LocalCluster, word: string): Promise<string> {
  const { headInstanceId } = cluster.outputs;
  if (word === "head" || word === headInstanceId) return headInstanceId;
  const groups = await workerGroups(cluster);
  const found = groups.flatMap(({ groupName, instanceIds }) =>
    groupName === word ? instanceIds : instanceIds.filter((id) => id === word),
  );
  if (found[0] === undefined) throw await unknownPlace(cluster, "machine", word);
  return found[0];
}

async function unknownPlace(cluster: LocalCluster, what: "machine" | "group", word: string): Promise<RangeError> {
  const groups = await workerGroups(cluster);
  const running = groups.filter(({ instanceIds }) => what === "group" || instanceIds.length > 0);
  const names = running.flatMap(({ groupName, instanceIds }) => (what === "group" ? [groupName] : [groupName, ...instanceIds]));
  const known = what === "group" ? names : ["head", ...names];
  return new RangeError(`${what}: is not there; got "${word}"; expected one of ${known.join(", ")}.`);
}
