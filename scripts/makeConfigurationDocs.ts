import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { platformForms } from "../components/plan/platformSpecs";
import { describeSpecKey, type SpecKey } from "../components/plan/specKeys";

type Platform = keyof typeof platformForms;

interface Page {
  /** In docs. */
  readonly file: string;
  readonly introduction: string;
}

const awsIntroduction = `# Configuration

<!-- Made from contract/clusterSpec.ts by scripts/makeConfigurationDocs.ts; do not edit. -->

A stack file (\`stacks/Pulumi.<stack>.yaml\`) holds \`aws:region\` and, under \`rayfleet:cluster\`, one cluster. The smallest useful one:

\`\`\`yaml
config:
  aws:region: us-east-1
  rayfleet:cluster:
    platform: aws
    workerGroups:
      - { groupName: cpu, needs: { cpu: 4 }, maxReplicas: 4 }
\`\`\`

Everything else has a default. Every mistake is reported before any resource is declared, all of them at once, unknown keys with the nearest right one:

\`\`\`text
workerGroups[0].maxReplicas: is below minReplicas; got 2 < 4; expected maxReplicas ≥ minReplicas. Raise maxReplicas or lower minReplicas.
\`\`\`

Prices are on-demand list prices of us-east-1; see \`components/plan/data\` for their source and date.
`;

const kubernetesIntroduction = `# Configuration on Kubernetes

<!-- Made from contract/kubernetes by scripts/makeConfigurationDocs.ts; do not edit. -->

What stands under \`rayfleet:cluster\` of a stack file with \`platform: kubernetes\`. The smallest useful one:

\`\`\`yaml
config:
  rayfleet:cluster:
    platform: kubernetes
    workerGroups:
      - { groupName: cpu, cpu: 4, memoryGiB: 16, maxReplicas: 10 }
\`\`\`

Everything else has a default. [kubernetes.md](kubernetes.md) says what becomes of it; \`docs/examples/kubernetes\` has a typical file and one with nearly every key.
Every mistake is reported before anything is made, all of them at once, unknown keys with the nearest right one.
`;

const pages: Readonly<Record<Platform, Page>> = {
  aws: { file: "configuration.md", introduction: awsIntroduction },
  kubernetes: { file: "configuration-kubernetes.md", introduction: kubernetesIntroduction },
};

/** How a default is written; what says its default in words has none here. */
function defaultText(key: SpecKey, required: boolean): string {
  if (required) {
    return "**required**";
  }
  const value = key.default;
  return value === undefined || isBlock(key) ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** A key with keys of its own, which has a section. */
function isBlock(key: SpecKey): boolean {
  return key.properties !== undefined || key.items?.properties !== undefined;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function valueText(key: SpecKey): string {
  if (key.items !== undefined && key.items.properties === undefined) {
    return `${describeSpecKey(key)}: ${describeSpecKey(key.items)}`;
  }
  if (key.additionalProperties && key.additionalProperties.properties !== undefined) {
    return `names to { ${Object.keys(key.additionalProperties.properties).join(", ")} }`;
  }
  if (key.additionalProperties) {
    return `names to ${describeSpecKey(key.additionalProperties)}`;
  }
  return describeSpecKey(key);
}

/** Title of the section of a key's own keys. */
function blockTitle(title: string, name: string, key: SpecKey): string {
  const path = title === topTitle ? name : `${title}.${name}`;
  return key.items === undefined ? path : `${path}[]`;
}

/** The way Markdown viewers make an anchor from a title. */
function link(title: string): string {
  return `[${title}](#${title.toLowerCase().replaceAll(/[^a-z0-9-]/g, "")})`;
}

function section(title: string, key: SpecKey): readonly string[] {
  const keys = Object.entries(key.properties ?? {});
  const required = new Set(key.required);
  const rows = keys.map(([name, child]) => {
    const block = isBlock(child) ? link(blockTitle(title, name, child)) : undefined;
    const value = child.items === undefined ? block : `${describeSpecKey(child)}: ${block}`;
    const cells = [`\`${name}\``, defaultText(child, required.has(name)), block === undefined ? cell(valueText(child)) : value];
    return `| ${[...cells, cell(child.description ?? "")].join(" | ")} |`;
  });
  const lines = ["", `## ${title}`, "", "| key | default | value | what for |", "| --- | --- | --- | --- |", ...rows];
  const blocks = keys
    .filter(([, child]) => isBlock(child))
    .flatMap(([name, child]) => section(blockTitle(title, name, child), child.items ?? child));
  return [...lines, ...blocks];
}

const topTitle = "rayfleet:cluster";

/** The text of a platform's page: every key with its default, what may stand there, and what it is for. */
export function makeConfigurationDocs(platform: Platform): string {
  return `${pages[platform].introduction}${section(topTitle, platformForms[platform].root).join("\n")}\n`;
}

if (require.main === module) {
  for (const platform of Object.keys(pages) as Platform[]) {
    writeFileSync(join(__dirname, "../docs", pages[platform].file), makeConfigurationDocs(platform));
  }
}
