import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

/** Bundles the `rayfleet` command into one file that any Node 22 or later runs: `dist/rayfleet.cjs`. */
async function buildCommand(root: string): Promise<void> {
  const outfile = join(root, "dist", "rayfleet.cjs");
  await build({
    entryPoints: [join(root, "cli", "main.ts")],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    minifyWhitespace: true,
    legalComments: "eof",
    outfile,
    logLevel: "error",
  });
  await chmod(outfile, 0o755);
}

void buildCommand(resolve(__dirname, ".."));
