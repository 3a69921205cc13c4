import { runCommand } from "./runCommand";

async function main(): Promise<void> {
  const { exitCode, output } = await runCommand(process.argv.slice(2));
  // The process ends by itself once the text is written; ending it here would cut a long reply to a pipe.
  process.exitCode = exitCode;
  process.stdout.write(`${output}\n`);
}

void main();
