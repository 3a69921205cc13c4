import { type DecisionRequest, decisionRequestSchema, type VcpuQuota } from "../../contract/decision";

type Issue = NonNullable<ReturnType<typeof decisionRequestSchema.safeParse>["error"]>["issues"][number];

/** One mistake in a request. */
export interface RequestProblem {
  /** Where: `groups[0].maxReplicas`; empty for the request as a whole. */
  readonly path: string;
  readonly message: string;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: DecisionRequest }
  | { readonly ok: false; readonly problems: readonly [RequestProblem, ...RequestProblem[]] };

/** What a person is told; infinity and NaN are numbers too. */
const expectedTypes: Partial<Record<string, string>> = { int: "a whole number", number: "a finite number" };

/** Values are shown up to this length. */
const longestValueShown = 60;

/**
 * Checks a request that came from outside: shape, ranges, names that occur twice, minimum over maximum. All mistakes are found at once.
 * Never throws, whatever the value.
 */
export function parseDecisionRequest(value: unknown): ParsedRequest {
  const parsed = decisionRequestSchema.safeParse(value);
  const problems = parsed.success ? ruleProblems(parsed.data) : parsed.error.issues.flatMap((issue) => issueProblems(issue, value));
  const [first, ...others] = problems;
  if (first !== undefined) return { ok: false, problems: [first, ...others] };
  if (!parsed.success) return { ok: false, problems: [{ path: "", message: parsed.error.message }] };
  return { ok: true, request: parsed.data };
}

function ruleProblems({ groups, nodes, limits }: DecisionRequest): RequestProblem[] {
  return [
    ...groups.flatMap(minOverMax),
    ...repeated(groups.map(({ groupName }) => groupName)).map(({ name, index }) => nameProblem(`groups[${index}].groupName`, name)),
    ...repeated(nodes.map(({ id }) => id)).map(({ name, index }) => nameProblem(`nodes[${index}].id`, name)),
    ...quotaProblems(limits.quotas ?? [], new Set(groups.map(({ groupName }) => groupName))),
  ];
}

function quotaProblems(quotas: readonly VcpuQuota[], known: ReadonlySet<string>): RequestProblem[] {
  const twice = repeated(quotas.map(({ name }) => name)).map(({ name, index }) => nameProblem(`limits.quotas[${index}].name`, name));
  const ofGroups = quotas.flatMap(({ groups }, quota) => {
    const names = groups.map(({ groupName }) => groupName);
    const path = (index: number) => `limits.quotas[${quota}].groups[${index}].groupName`;
    return [
      ...repeated(names).map(({ name, index }) => nameProblem(path(index), name)),
      ...names.flatMap((name, index) => (known.has(name) ? [] : [strangerProblem(path(index), name)])),
    ];
  });
  return [...twice, ...ofGroups];
}

function strangerProblem(path: string, name: string): RequestProblem {
  return problemAt(path, "is no group of the request", {
    found: JSON.stringify(name),
    expected: "the groupName of one of the groups",
    mend: "Correct the name or leave it out.",
  });
}

function minOverMax({ minReplicas = 0, maxReplicas }: DecisionRequest["groups"][number], index: number): RequestProblem[] {
  if (minReplicas <= maxReplicas) return [];
  const rule = {
    found: `${minReplicas} > ${maxReplicas}`,
    expected: "minReplicas ≤ maxReplicas",
    mend: "Raise maxReplicas or lower minReplicas.",
  };
  return [problemAt(`groups[${index}].minReplicas`, "is above maxReplicas", rule)];
}

function repeated(names: readonly string[]): { name: string; index: number }[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    if (seen.has(name)) return [{ name, index }];
    seen.add(name);
    return [];
  });
}

function nameProblem(path: string, name: string): RequestProblem {
  return problemAt(path, "is used twice", {
    found: JSON.stringify(name),
    expected: "a name of its own",
    mend: "Rename one of the two or leave it out.",
  });
}

function issueProblems(issue: Issue, value: unknown): RequestProblem[] {
  const found = shown(valueAt(value, issue.path));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) =>
      problemAt(pathText([...issue.path, key]), "is not known", {
        found: JSON.stringify(key),
        expected: "only the keys of the request schema",
        mend: "Remove it or correct its name.",
      }),
    );
  }
  return [problemAt(pathText(issue.path), "cannot be used", { found, expected: expectedText(issue), mend: "Correct the value." })];
}

function problemAt(
  path: string,
  problem: string,
  { found, expected, mend }: { found: string; expected: string; mend: string },
): RequestProblem {
  return { path, message: `${path === "" ? "request" : path}: ${problem}; got ${found}; expected ${expected}. ${mend}` };
}

function expectedText(issue: Issue): string {
  if (issue.code === "invalid_type") return expectedTypes[issue.expected] ?? issue.expected;
  if (issue.code === "too_big")
    return `${issue.inclusive === false ? "<" : "≤"} ${String(issue.maximum)}${issue.origin === "array" ? " entries" : ""}`;
  if (issue.code === "too_small")
    return `${issue.inclusive === false ? ">" : "≥"} ${String(issue.minimum)}${issue.origin === "string" ? " characters" : ""}`;
  return issue.code === "invalid_value" ? `one of ${issue.values.map(String).join(", ")}` : issue.message;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  const text = typeof value === "function" || typeof value === "symbol" ? typeof value : safeJson(value);
  return text.length > longestValueShown ? `${text.slice(0, longestValueShown)}…` : text;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // A value that refers to itself, or is nested too deeply, has no text of its own.
    return Array.isArray(value) ? "an array that cannot be shown" : "a value that cannot be shown";
  }
}
