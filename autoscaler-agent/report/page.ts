import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.muted { opacity: .65; } .warning { color: #b45309; } .stale { opacity: .5; }
.bar { display: flex; gap: 2px; flex-wrap: wrap; } .bar span { width: .8rem; height: .8rem; border-radius: 2px; background: #9ca3af; }
.bar .running { background: #16a34a; } .bar .starting { background: #2563eb; } .bar .draining, .bar .drained, .bar .ending { background: #d97706; }
.bar .expired { background: #dc2626; } .bar .awaited { background: none; outline: 1px dashed #2563eb; outline-offset: -1px; }
`;

const script = `
const byId = (id) => document.getElementById(id);
const element = (name, text, className) => { const made = document.createElement(name); if (text !== undefined) made.textContent = text; if (className) made.className = className; return made; };
const fill = (id, children, empty) => byId(id).replaceChildren(...(children.length ? children : [element("p", empty, "muted")]));
const table = (head, rows) => { const made = element("table"); const top = element("tr"); head.forEach((text, column) => top.append(element("th", text, rows.length && rows.every((cells) => typeof cells[column] === "number") ? "number" : undefined))); made.append(top);
  rows.forEach((cells) => { const row = element("tr"); cells.forEach((cell) => { const td = element("td"); if (cell instanceof Node) td.append(cell); else td.textContent = cell ?? ""; if (typeof cell === "number") td.className = "number"; row.append(td); }); made.append(row); }); return made; };
const bar = (group) => { const made = element("div", undefined, "bar"); const add = (phase, title) => { const dot = element("span", undefined, phase); dot.title = title; made.append(dot); };
  group.instances.forEach((one) => add(one.phase, one.instanceId + ": " + one.phase + (one.bootStage ? ", " + one.bootStage : "")));
  for (let index = 0; index < group.awaited; index += 1) add("awaited", "not launched yet"); return made; };
const seconds = (count) => (count === undefined ? "" : count + " s");
const minute = (at) => (at === undefined ? "never" : at.slice(0, 16).replace("T", " "));
const regretted = (count) => (count === 0 ? "" : count + (count === 1 ? " node was" : " nodes were") + " wanted back right after being ended.");
const list = (texts) => texts.map((text) => element("div", text));
const warnings = (items) => items.map((item) => element("div", item.text ?? item, "warning"));
async function refresh() {
  try {
    const { latest, history } = await (await fetch("decision", { cache: "no-store" })).json();
    document.body.classList.remove("stale");
    if (!latest) { byId("summary").textContent = "No tick yet."; return; }
    document.title = latest.clusterName + " · rayfleet agent";
    byId("title").textContent = latest.clusterName;
    const cost = latest.costPerHourUsd === undefined ? "" : " · " + latest.costPerHourUsd.toFixed(2) + " USD an hour, at least " + latest.lowerBoundPerHourUsd.toFixed(2) + " needed";
    byId("summary").textContent = "Tick " + latest.tick + " at " + latest.at + (latest.dryRun ? " · dry run" : "") + (latest.holds.some((hold) => hold.code === "paused") ? " · PAUSED" : "") + (latest.holds.some((hold) => hold.code === "breaker-open") ? " · BREAKER OPEN" : "") + (latest.ray.known ? "" : " · Ray does not answer") + cost;
    fill("groups", latest.groups.length ? [table(["Group", "Machines", "Desired", "Minimum", "Maximum", "Idle time-out", "Boot", ""], latest.groups.map((group) => [group.groupName, bar(group), group.desired ?? "?", group.min, group.max, seconds(group.idleTimeout.seconds), seconds(group.bootSeconds), [group.unavailable ?? (group.known ? "" : "not read"), group.unfilledBecause, group.minWhy, group.idleTimeout.why, regretted(group.regrets)].filter(Boolean).join(" ")]))] : [], "No worker group is configured.");
    const schedules = latest.groups.flatMap((group) => group.schedules.map((one) => [group.groupName, one.cron + " (" + one.timeZone + ")", one.sets.join(", "), one.holds.join(", ") || "nothing any more", minute(one.lastAt), minute(one.nextAt)]));
    fill("schedules", schedules.length ? [table(["Group", "When", "Sets", "Holds now", "Last (UTC)", "Next (UTC)"], schedules)] : [], "No schedule is configured.");
    const machines = latest.groups.flatMap((group) => group.instances.map((one) => [group.groupName, one.instanceId, one.phase, one.instanceType, one.zone, one.ageSeconds + " s",
      one.endCause ?? one.bootStage ?? (one.idleSeconds !== undefined ? "idle for " + one.idleSeconds + " s" : (one.activity ?? []).join(" "))]));
    fill("machines", machines.length ? [table(["Group", "Machine", "Phase", "Type", "Zone", "Age", ""], machines)] : [], "No machine.");
    fill("pending", list([...latest.pending.demands, ...latest.pending.gangs, ...latest.pending.requested.map((text) => "asked for: " + text)]), "Nothing waits.");
    fill("unserved", warnings([...latest.infeasible.map((text) => "can never be served: " + text), ...latest.overLimit.map((text) => "waits for a limit: " + text)]), "Everything that waits can be served.");
    fill("holds", warnings([...latest.holds, ...latest.notices]), "Nothing holds the agent back.");
    fill("history", history.length ? [table(["When", "Group", "What and why", "Outcome"], history.flatMap((tick) => tick.actions.map((action) => [tick.at.slice(11, 19), action.groupName, action.text, action.outcome])))] : [], "Nothing has been done yet.");
  } catch { document.body.classList.add("stale"); }
}
refresh();
setInterval(refresh, 2000);
`;

const body = `
<h1 id="title">rayfleet agent</h1>
<p id="summary" class="muted">Loading…</p>
<h2>Worker groups</h2><div id="groups"></div>
<h2>What holds the agent back</h2><div id="holds"></div>
<h2>Waiting work</h2><div id="pending"></div>
<h2>Work that will not be served</h2><div id="unserved"></div>
<h2>Schedules</h2><div id="schedules"></div>
<h2>Machines</h2><div id="machines"></div>
<h2>Last decisions</h2><div id="history"></div>
<p class="muted"><a href="metrics">metrics</a> · <a href="healthz">health</a> · <a href="decision">decision as JSON</a></p>
`;

const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** The agent's page: shows `/decision` and nothing else, loads nothing from anywhere. All text is set as text, so a name cannot become markup. */
export const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>rayfleet agent</title><style>${style}</style></head>
<body>${body}<script>${script}</script></body></html>
`;

/** Header for the page: only its own script and style run, and it talks only to the agent. */
export const pageSecurityPolicy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'`;
