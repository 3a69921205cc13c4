import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { dashboardFiles } from "../../../../components/plan/monitoring/dashboards";
import { ruleGroups } from "../../../../components/plan/monitoring/ruleGroups";
import { type AlertCase, alertCases, type InputSeries } from "./alertCases";

const missing =
  spawnSync("promtool", ["--version"]).error === undefined ? undefined : "promtool is not on the PATH: Debian's package prometheus has it";

/** Without a cluster's own labels, so that one run has a cluster for each case. */
const groups = ruleGroups({ sources: ["ray", "autoscaler", "agent", "operator", "objects"], cluster: {} });

interface Situation {
  readonly alert: string;
  readonly series: InputSeries;
  readonly expected: 0 | 1;
}

const inputs = ({ series }: Situation, namespace: string) =>
  Object.entries(series).map(([name, values]) => ({ series: name.replace('namespace="ray"', `namespace="${namespace}"`), values }));

/** What fires on something that is not there has no labels. */
function expectation({ alert, expected }: Situation, namespace: string | undefined) {
  const matchers = [`alertname="${alert}"`, 'alertstate="firing"', ...(namespace === undefined ? [] : [`namespace="${namespace}"`])];
  // The value of an alert that fires is 1, so equal alerts of one cluster count once.
  const expr = `max(ALERTS{${matchers.join(",")}}) or vector(0)`;
  return { expr, eval_time: "60m", exp_samples: [{ labels: "{}", value: expected }] };
}

function together(situations: readonly Situation[]) {
  const named = situations.map((situation, index) => ({ situation, namespace: `case-${index}` }));
  return {
    interval: "1m",
    input_series: named.flatMap(({ situation, namespace }) => inputs(situation, namespace)),
    promql_expr_test: named.map(({ situation, namespace }) => expectation(situation, namespace)),
  };
}

function alone(situation: Situation) {
  return { interval: "1m", input_series: inputs(situation, "ray"), promql_expr_test: [expectation(situation, undefined)] };
}

const situations = (cases: readonly AlertCase[]): readonly Situation[] =>
  cases.flatMap(({ alert, fires, quiet }) => [
    { alert, series: fires, expected: 1 },
    { alert, series: quiet, expected: 0 },
  ]);

describe.skipIf(missing)(`the rules, by promtool${missing ? ` (skipped: ${missing})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "rayfleet-promtool-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function promtool(verb: "check" | "test", file: string, content: unknown) {
    writeFileSync(join(folder, file), stringify(content, { lineWidth: 0 }));
    const { status, stdout, stderr } = spawnSync("promtool", [verb, "rules", file], { cwd: folder, encoding: "utf8", timeout: 30_000 });
    return { status, text: stdout + stderr };
  }

  it("are rules", () => {
    expect(promtool("check", "rules.yaml", { groups })).toMatchObject({ status: 0 });
  });

  it("are not taken unread", () => {
    const [first, ...others] = groups[0]?.rules ?? [];
    const broken = { groups: [{ name: "broken", rules: [{ ...first, expr: `${first?.expr ?? ""} >` }, ...others] }] };
    expect(promtool("check", "broken.yaml", broken).status).not.toBe(0);
  });

  it("fire and are quiet as they should", () => {
    promtool("check", "rules.yaml", { groups });
    const shared = situations(alertCases.filter((one) => one.alone !== true));
    const tests = [together(shared), ...situations(alertCases.filter((one) => one.alone === true)).map(alone)];
    const { status, text } = promtool("test", "tests.yaml", { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests });
    expect(text).not.toContain("FAILED");
    expect(status).toBe(0);
  });

  it("and the dashboards' expressions are PromQL", () => {
    const expressions = Object.values(dashboardFiles()).flatMap(({ panels }) =>
      panels.flatMap(({ targets }) =>
        ((targets ?? []) as readonly { expr: string }[]).map(({ expr }) => expr.replaceAll("$cluster", "demo")),
      ),
    );
    const rules = expressions.map((expr, index) => ({ record: `panel_${index}`, expr }));
    expect(expressions.length).toBeGreaterThan(30);
    expect(promtool("check", "panels.yaml", { groups: [{ name: "panels", rules }] })).toMatchObject({ status: 0 });
  });
});
