import { runStack, type StackVerb } from "../../../emulator/engine/runStack";

/** Runs the fixture in a process of its own, so that a test can kill the engine: `runFixture.ts <verb> <directory> <state> <endpoint>`. */
async function main(): Promise<void> {
  const [verb = "up", directory = "", stateDirectory = "", endpointUrl = ""] = process.argv.slice(2);
  await runStack({ directory, stack: "dev", stateDirectory, endpointUrl, verb: verb as StackVerb });
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
