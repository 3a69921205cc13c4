import { userInfo } from "node:os";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { pauseAnnotation } from "../contract/kubernetes/kubernetesAgent";
import { type Pause, pauseParameterName, pauseText } from "../contract/pause";
import type { Command } from "./command";
import { readFlags, required } from "./flags";
import { inputError, messageOf, withInputErrors } from "./inputError";

const CALL_DEADLINE_MS = 10_000;
const LONGEST_MINUTES = 7 * 24 * 60;

const options = {
  cluster: { type: "string" },
  region: { type: "string" },
  namespace: { type: "string" },
  reason: { type: "string" },
  minutes: { type: "string" },
} as const;

/**
 * `rayfleet pause`: stops all that the agent of a cluster does to the cloud, within seconds. Running machines and jobs go on.
 *
 * On Kubernetes the switch is an annotation, and kubectl is what has the rights to set it there: the command prints the line.
 */
export const pauseCommand: Command = {
  name: "pause",
  usage: "pause --cluster NAME --reason TEXT [--minutes N] [--region R | --namespace NS]",
  purpose: "stop the agent of a cluster from buying, draining and ending",
  run: (args) => withInputErrors(() => setPause(args)),
};

/** `rayfleet resume`: ends a pause. */
export const resumeCommand: Command = {
  name: "resume",
  usage: "resume --cluster NAME [--region R | --namespace NS]",
  purpose: "let the agent of a cluster go on",
  run: (args) => withInputErrors(() => endPause(args)),
};

async function setPause(args: readonly string[]): Promise<string> {
  const given = readOptions(args);
  const cluster = clusterOf(given);
  const region = given.namespace === undefined ? regionOf(given) : "";
  const reason = required("--reason", given.reason, "a sentence for whoever finds the cluster standing still");
  const until = given.minutes === undefined ? undefined : new Date(Date.now() + minutesOf(given.minutes) * 60_000).toISOString();
  const pause: Pause = { reason, by: userInfo().username, ...(until === undefined ? {} : { until }) };
  if (given.namespace !== undefined) return annotateText(cluster, namespaceOf(given), `=${quoted(JSON.stringify(pause))}`);
  const { PutParameterCommand } = await import("@aws-sdk/client-ssm");
  const put = new PutParameterCommand({
    Name: pauseParameterName(cluster),
    Type: "String",
    Overwrite: true,
    Description: `Stops the rayfleet agent of ${cluster} while it exists`,
    Value: JSON.stringify(pause),
  });
  await withParameters(region, (ssm) => ssm.send(put, { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) }));
  return `${cluster}: ${pauseText(pause)}. The agent sees it within 10 seconds.`;
}

async function endPause(args: readonly string[]): Promise<string> {
  const given = readOptions(args);
  const cluster = clusterOf(given);
  if (given.namespace !== undefined) return annotateText(cluster, namespaceOf(given), "-");
  const region = regionOf(given);
  const { DeleteParameterCommand } = await import("@aws-sdk/client-ssm");
  const remove = new DeleteParameterCommand({ Name: pauseParameterName(cluster) });
  const wasPaused = await withParameters(region, async (ssm) => {
    try {
      await ssm.send(remove, { abortSignal: AbortSignal.timeout(CALL_DEADLINE_MS) });
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ParameterNotFound") return false;
      throw error;
    }
  });
  return wasPaused ? `${cluster}: resumed. The agent sees it within 10 seconds.` : `${cluster}: was not paused.`;
}

type Given = Partial<Record<keyof typeof options, string>>;

function readOptions(args: readonly string[]): Given {
  return readFlags(args, options, "--cluster NAME, --region R or --namespace NS, and for pause --reason TEXT and --minutes N");
}

function clusterOf({ cluster }: Given): string {
  const name = required("--cluster", cluster, "the name of a cluster");
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
    throw inputError({
      path: "--cluster",
      problem: "is no name of a cluster",
      got: JSON.stringify(name),
      expected: "a letter, then letters, digits and dashes",
      fix: "Take `clusterName` of the stack's outputs.",
    });
  }
  return name;
}

function regionOf({ region }: Given): string {
  const place = region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  return required("--region", place, "an AWS region, here or in AWS_REGION; or --namespace, on Kubernetes");
}

function namespaceOf({ namespace = "", region }: Given): string {
  const isName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace);
  if (isName && region === undefined) return namespace;
  throw inputError({
    path: "--namespace",
    problem: isName ? "stands beside --region" : "is no name of a namespace",
    got: JSON.stringify(namespace),
    expected: isName ? "one of the two" : "lower-case letters, digits and dashes",
    fix: isName ? "Clusters on AWS have a region, those on Kubernetes a namespace." : "Take `namespace` of the stack's outputs.",
  });
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function annotateText(cluster: string, namespace: string, change: string): string {
  const line = `kubectl --namespace ${namespace} annotate --overwrite rayclusters.ray.io ${cluster} ${pauseAnnotation}${change}`;
  return `Run, with the rights to edit the RayCluster:\n  ${line}\nThe agent sees it within 10 seconds.`;
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (Number.isFinite(minutes) && minutes > 0 && minutes <= LONGEST_MINUTES) return minutes;
  throw inputError({
    path: "--minutes",
    problem: "cannot be used",
    got: text,
    expected: `a number above 0, at most ${LONGEST_MINUTES}`,
    fix: "Leave it out to pause until somebody resumes.",
  });
}

/** The SDK takes longer to load than other verbs take to answer, so only these load it. */
async function withParameters<T>(region: string, use: (ssm: SSMClient) => Promise<T>): Promise<T> {
  const sdk = await import("@aws-sdk/client-ssm");
  const ssm = new sdk.SSMClient({ region });
  try {
    return await use(ssm);
  } catch (error) {
    throw inputError({
      path: "AWS",
      problem: "did not take the call",
      got: messageOf(error),
      expected: "credentials that may write the parameter in this region",
      fix: "Check --region and the credentials; or write the parameter by any other means.",
    });
  } finally {
    ssm.destroy();
  }
}
