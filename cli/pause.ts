import { userInfo } from "node:os";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { type Pause, pauseParameterName, pauseText } from "../contract/pause";
import type { Command } from "./command";
import { readFlags, required } from "./flags";
import { inputError, messageOf, withInputErrors } from "./inputError";

const CALL_DEADLINE_MS = 10_000;
const LONGEST_MINUTES = 7 * 24 * 60;

const options = {
  cluster: { type: "string" },
  region: { type: "string" },
  reason: { type: "string" },
  minutes: { type: "string" },
} as const;

/** `rayfleet pause`: stops all that the agent of a cluster does to the cloud, within seconds. Running machines and jobs go on. */
export const pauseCommand: Command = {
  name: "pause",
  usage: "pause --cluster NAME --reason TEXT [--minutes N] [--region R]",
  purpose: "stop the agent of a cluster from buying, draining and ending",
  run: (args) => withInputErrors(() => setPause(args)),
};

/** `rayfleet resume`: ends a pause. */
export const resumeCommand: Command = {
  name: "resume",
  usage: "resume --cluster NAME [--region R]",
  purpose: "let the agent of a cluster go on",
  run: (args) => withInputErrors(() => endPause(args)),
};

async function setPause(args: readonly string[]): Promise<string> {
  const given = readOptions(args);
  const { cluster, region } = target(given);
  const reason = required("--reason", given.reason, "a sentence for whoever finds the cluster standing still");
  const until = given.minutes === undefined ? undefined : new Date(Date.now() + minutesOf(given.minutes) * 60_000).toISOString();
  const pause: Pause = { reason, by: userInfo().username, ...(until === undefined ? {} : { until }) };
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
  const { cluster, region } = target(readOptions(args));
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
  return readFlags(args, options, "--cluster NAME, --region R, and for pause --reason TEXT and --minutes N");
}

function target({ cluster, region }: Given): { cluster: string; region: string } {
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
  const place = region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  return { cluster: name, region: required("--region", place, "an AWS region, here or in AWS_REGION") };
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
