/** Where in a specification: keys and list positions from the top. */
export type SpecPath = readonly (string | number)[];

/** One thing wrong in a stack file, and how to mend it. */
export interface SpecProblem {
  /** As the user would say it: `workerGroups[1].maxReplicas`; empty for the whole. */
  readonly path: string;
  /** `is below minReplicas`. */
  readonly problem: string;
  /** What is written there. */
  readonly got: string;
  /** The rule. */
  readonly expected: string;
  /** What to do, a sentence. */
  readonly fix: string;
}

/** `workerGroups[1].labels["my key"]`. */
export function formatSpecPath(path: SpecPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") {
      return `${text}[${part}]`;
    }
    if (!/^[A-Za-z_][\w-]*$/.test(part)) {
      return `${text}[${JSON.stringify(part)}]`;
    }
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

const longestValue = 80;

/** A value as it is quoted in a message: text in quotes, long ones cut. */
export function quoteValue(value: unknown): string {
  if (value === undefined) {
    return "nothing";
  }
  const plain = typeof value === "number" || typeof value === "bigint" || typeof value === "symbol";
  const text = plain ? String(value) : ((JSON.stringify(value) as string | undefined) ?? `a ${typeof value}`);
  return text.length > longestValue ? `${text.slice(0, longestValue - 1)}…` : text;
}

/** One line: `<path>: <problem>; got <value>; expected <rule>. <what to do>.` */
export function formatSpecProblem(problem: SpecProblem): string {
  const where = problem.path === "" ? "rayfleet:cluster" : problem.path;
  return `${where}: ${problem.problem}; got ${problem.got}; expected ${problem.expected}. ${problem.fix}`;
}
