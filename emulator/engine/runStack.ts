import { resolve } from "node:path";
import { hasUnknown } from "../../pulumi-protocol/wire";
import type { Properties } from "../provider/resourceType";
import { runChildProgram } from "./childProgram";
import { adoptAbandonedCreations, deleteResources } from "./deletion";
import { Deployment, type DeploymentContext } from "./deployment";
import type { ChangeCounts, EngineEvent } from "./events";
import { runInlineProgram } from "./inlineProgram";
import { ProviderRegistry } from "./providerRegistry";
import { refreshResources } from "./refresh";
import { RunJournal } from "./runJournal";
import { revealedProperties, SecretTexts, secretKeys } from "./secrets";
import { loadStackConfiguration, type StackConfiguration } from "./stackConfiguration";
import { StackState } from "./stackState";
import { acquireStateLock } from "./stateLock";

/** What to do with a stack. */
export type StackVerb = "preview" | "up" | "refresh" | "destroy";

/** Which stack, where its things are, and what to do with it. */
export interface StackRun {
  /** Folder with Pulumi.yaml; the program runs in it. */
  readonly directory: string;
  readonly stack: string;
  /** Folder for the state of this stack; made when missing. Holds secrets as they are, readable by its owner only. */
  readonly stateDirectory: string;
  /** The AWS API emulator. */
  readonly endpointUrl: string;
  readonly verb: StackVerb;
  readonly onEvent?: (event: EngineEvent) => void;
  /** Ends the run early: what is under way is finished and recorded. */
  readonly signal?: AbortSignal;
  /** For encrypted configuration values. */
  readonly passphrase?: string;
  /** A program to run in this process instead of the one in `directory`: for tests. Gets the same configuration. */
  readonly program?: () => Promise<Record<string, unknown> | undefined>;
  /** Configuration instead of the files in `directory`: for tests. */
  readonly configuration?: StackConfiguration;
}

/** What a run came to. */
export interface StackRunResult {
  /** Stack outputs by name. A secret one stands as `[secret]`, one that a preview cannot know as `[unknown]`. */
  readonly outputs: Properties;
  /** The values of the secret outputs, by name. */
  readonly secretOutputs: Properties;
  readonly changes: ChangeCounts;
  readonly seconds: number;
}

async function openContext(run: StackRun, configuration: StackConfiguration): Promise<DeploymentContext> {
  const { project, values } = configuration;
  const { stack } = run;
  const isPreview = run.verb === "preview";
  const file = resolve(run.stateDirectory, `${stack}.state.json`);
  const state = StackState.load(file, { project, stack }, isPreview ? "read-only" : "read-write");
  const secrets = new SecretTexts();
  for (const key of configuration.secretKeys) secrets.add(values[key] ?? "");
  for (const known of [state.outputs, ...[...state.resources.values()].flatMap(({ inputs, outputs }) => [inputs, outputs])])
    secrets.learn(known);
  const inputs = Object.fromEntries(
    Object.entries(values)
      .filter(([key]) => key.startsWith("aws:"))
      .map(([key, value]) => [key.slice("aws:".length), value]),
  );
  return {
    project,
    stack,
    directory: resolve(run.directory),
    isPreview,
    state,
    providers: new ProviderRegistry(state, { inputs, endpointUrl: run.endpointUrl }),
    journal: new RunJournal(run.onEvent ?? (() => {}), secrets),
    signal: run.signal ?? new AbortController().signal,
  };
}

/** Runs the program, then deletes what it no longer declares and what was replaced. */
async function deploy(run: StackRun, configuration: StackConfiguration, context: DeploymentContext): Promise<void> {
  const deployment = new Deployment(context);
  try {
    if (run.program === undefined) await runChildProgram(deployment, configuration);
    else await runInlineProgram(deployment, configuration, run.program);
  } catch (error) {
    throw deployment.failure ?? error;
  }
  if (deployment.failure !== undefined) throw deployment.failure;
  await adoptAbandonedCreations(context, (urn) => deployment.isDeclared(urn));
  const { state } = context;
  const undeclared = [...state.resources.values()].filter((resource) => !deployment.isDeclared(resource.urn));
  await deleteResources([...undeclared, ...state.pendingDeletions], context);
}

async function destroy(context: DeploymentContext): Promise<void> {
  const { state } = context;
  await adoptAbandonedCreations(context, () => false);
  await deleteResources([...state.resources.values(), ...state.pendingDeletions], context);
  state.outputs = {};
  state.save();
}

async function perform(run: StackRun, configuration: StackConfiguration, context: DeploymentContext): Promise<void> {
  switch (run.verb) {
    case "preview":
    case "up":
      return deploy(run, configuration, context);
    case "refresh":
      return refreshResources(context);
    case "destroy":
      return destroy(context);
  }
}

/**
 * Runs a Pulumi program against the AWS API emulator without the Pulumi command: the program cannot tell the difference.
 *
 * The state is written after every step, so a run that failed or was killed is continued by the next one. One run at a time may change a
 * stack; previews may always run.
 *
 * @throws Error with one sentence on the first thing that failed
 */
export async function runStack(run: StackRun): Promise<StackRunResult> {
  const startedAtMs = performance.now();
  const configuration = run.configuration ?? (await loadStackConfiguration(run));
  const release = run.verb === "preview" ? () => {} : acquireStateLock(resolve(run.stateDirectory, `${run.stack}.lock`));
  try {
    const context = await openContext(run, configuration);
    try {
      await perform(run, configuration, context);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Error(context.journal.secrets.redact(text), { cause: error });
    } finally {
      context.providers.close();
    }
    const { outputs } = context.state;
    const secret = secretKeys(outputs);
    const values = Object.entries(revealedProperties(outputs));
    const shown = (key: string, value: unknown) => (secret.has(key) ? "[secret]" : hasUnknown(value) ? "[unknown]" : value);
    return {
      outputs: Object.fromEntries(values.map(([key, value]) => [key, shown(key, value)])),
      secretOutputs: Object.fromEntries(values.filter(([key]) => secret.has(key))),
      changes: context.journal.counts,
      seconds: (performance.now() - startedAtMs) / 1000,
    };
  } finally {
    release();
  }
}
