import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";

const SDK_SCHEMAS = /[\\/]@aws-sdk[\\/][^\\/]+[\\/]dist-es[\\/].*schemas_\d+\.js$/;

/**
 * An AWS client describes every call of its service in one file, as lists with keys that are constants of that file and with numbers that are worked out
 * (`{ [_xN]: _nTe }`, `64 | 0`). Either might run code as far as esbuild knows, so that all lists would stay: 3,400 of them for the few calls that the agent makes to
 * EC2. Written as what they come to, those go that no call needs.
 */
const plainSchemas: Plugin = {
  name: "plain-schemas",
  setup({ onLoad }) {
    onLoad({ filter: SDK_SCHEMAS }, async ({ path }) => ({ contents: plainSchema(await readFile(path, "utf8")), loader: "js" }));
  },
};

function plainSchema(source: string): string {
  const texts = new Map([...source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name = "", text = ""]) => [name, text]));
  return source
    .replace(/\[(\w+)\]: /g, (key, name: string) => (texts.has(name) ? `${texts.get(name)}: ` : key))
    .replace(/\b(\d+) \| (\d+)\b/g, (_, one: string, other: string) => String(Number(one) | Number(other)));
}

/**
 * One program and all that it uses as one file for the machine's own Node. Identifiers keep their names, so that a stack in a log can be read.
 *
 * @param root the project's folder; the same sources in another folder give the same bytes
 * @param entry path of the entry point below it
 * @throws Error when it does not compile
 */
export async function bundleProgram(root: string, entry: string): Promise<Buffer> {
  const result = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    // Of a package in both forms the modules are taken: only of those can be left out what is not used.
    mainFields: ["module", "main"],
    plugins: [plainSchemas],
    minifyWhitespace: true,
    legalComments: "eof",
    write: false,
    logLevel: "error",
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`${entry}: esbuild wrote nothing; expected one file. Run it with logLevel "verbose".`);
  return Buffer.from(output.contents);
}
