import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { type Decrypt, passphraseDecrypter } from "./configurationSecrets";

const runtimeOptionsSchema = z.looseObject({ typescript: z.boolean().default(true), nodeargs: z.string().default("") });

const projectSchema = z.looseObject({
  name: z.string(),
  main: z.string().default("."),
  stackConfigDir: z.string().default("."),
  runtime: z.union([
    z.string().transform((name) => ({ name, options: runtimeOptionsSchema.parse({}) })),
    z.looseObject({ name: z.string(), options: runtimeOptionsSchema.prefault({}) }),
  ]),
  config: z.record(z.string(), z.unknown()).default({}),
});

const stackSchema = z.looseObject({ encryptionsalt: z.string().optional(), config: z.record(z.string(), z.unknown()).nullish() });

/** What a program is and what it is configured with, as the language host hands it over. */
export interface StackConfiguration {
  readonly project: string;
  /** Entry file or folder, relative to the project. */
  readonly main: string;
  readonly isTypeScript: boolean;
  readonly nodeArguments: readonly string[];
  /** Every key with its namespace; values that are no text are JSON. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys of `values` that hold a secret. */
  readonly secretKeys: readonly string[];
}

/** A stack's own configuration with everything that the project sets for it. */
export interface StackConfigurationSource {
  /** Folder with Pulumi.yaml. */
  readonly directory: string;
  readonly stack: string;
  /** For values that are encrypted; needed only when there is one. */
  readonly passphrase?: string;
}

function readYaml<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  if (!existsSync(file)) throw new Error(`${file}: is missing; expected a file. Check the folder and the stack's name.`);
  const result = schema.safeParse(parse(readFileSync(file, "utf8")) ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`${file}: ${problems.join("; ")}`);
}

/** Defaults that the project gives to its stacks: `config: { key: value }` or `config: { key: { value | default: ... } }`. */
function projectDefaults(declared: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(declared).map(([key, entry]): [string, unknown] => {
    if (typeof entry !== "object" || entry === null) return [key, entry];
    const { value, default: fallback } = entry as { value?: unknown; default?: unknown };
    return [key, value ?? fallback];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

const isSecure = (value: unknown): value is { secure: string } =>
  typeof value === "object" && value !== null && typeof (value as { secure?: unknown }).secure === "string";

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Decrypts at any depth: Pulumi encrypts single values inside maps and lists as well. */
function decrypted(value: unknown, decrypt: Decrypt): { plain: unknown; hadSecret: boolean } {
  if (isSecure(value)) return { plain: decrypt(value.secure), hadSecret: true };
  if (typeof value !== "object" || value === null) return { plain: value, hadSecret: false };
  const entries = Object.entries(value).map(([key, inner]): [string, { plain: unknown; hadSecret: boolean }] => [
    key,
    decrypted(inner, decrypt),
  ]);
  const hadSecret = entries.some(([, inner]) => inner.hadSecret);
  const plain = entries.map(([key, inner]): [string, unknown] => [key, inner.plain]);
  return { plain: Array.isArray(value) ? plain.map(([, inner]) => inner) : Object.fromEntries(plain), hadSecret };
}

async function decrypter(file: string, salt: string | undefined, passphrase: string | undefined): Promise<Decrypt> {
  if (salt === undefined || passphrase === undefined)
    return () => {
      throw new Error(`${file}: holds an encrypted value, which needs the stack's passphrase and a passphrase secrets provider.`);
    };
  return passphraseDecrypter(salt, passphrase);
}

/**
 * Reads Pulumi.yaml and the stack's file the way the Pulumi command does.
 *
 * @throws Error when a file is missing or malformed, or an encrypted value cannot be read
 */
export async function loadStackConfiguration(source: StackConfigurationSource): Promise<StackConfiguration> {
  const project = readYaml(join(source.directory, "Pulumi.yaml"), projectSchema);
  const file = resolve(source.directory, project.stackConfigDir, `Pulumi.${source.stack}.yaml`);
  const stack = readYaml(file, stackSchema);
  const decrypt = await decrypter(file, stack.encryptionsalt, source.passphrase);
  const values: Record<string, string> = {};
  const secretKeys: string[] = [];
  for (const [name, value] of Object.entries({ ...projectDefaults(project.config), ...stack.config })) {
    const key = name.includes(":") ? name : `${project.name}:${name}`;
    const { plain, hadSecret } = decrypted(value, decrypt);
    values[key] = asText(plain);
    if (hadSecret) secretKeys.push(key);
  }
  const { typescript, nodeargs } = project.runtime.options;
  const nodeArguments = nodeargs.split(/\s+/).filter((argument) => argument !== "");
  return { project: project.name, main: project.main, isTypeScript: typescript, nodeArguments, values, secretKeys };
}
