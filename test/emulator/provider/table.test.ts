import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sameProperty } from "../../../emulator/provider/propertyDiff";
import type { Properties } from "../../../emulator/provider/resourceType";
import { table } from "../../../emulator/provider/table";
import { apiMissing } from "../api/runningApi";
import { type ResourceCase, resourceCases } from "./resourceCases";
import { signal, startWorld, type TestWorld } from "./testWorld";

const titles = (cases: readonly ResourceCase[]) => cases.map((each, index): [string, ResourceCase] => [`${each.type} (${index})`, each]);

describe.skipIf(apiMissing)("table", () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());

  it("has a case for every type", () => {
    expect([...new Set(resourceCases.map((each) => each.type))].sort()).toEqual(Object.keys(table).sort());
  });

  it.each(titles(resourceCases))("%s is made, found again, read without drift, changed and removed", async (_title, each) => {
    const { provider } = world;
    const { type } = each;
    const inputs = await each.inputs(world);
    expect(provider.check(type, inputs)).toEqual([]);
    const request = { type, name: "thing", inputs, token: randomUUID(), signal };

    const made = await provider.create(request);
    for (const key of each.outputs) expect(made.outputs[key], `output ${key}`).toSatisfy((value) => value !== undefined && value !== "");
    expect(await provider.find(request)).toEqual(made);
    const known = { type, id: made.id, inputs, outputs: made.outputs, signal };
    expect(await provider.read(known)).toEqual({ inputs, outputs: made.outputs });

    const updated = await update(each, { inputs, known });

    const last = { ...known, inputs: updated };
    await provider.delete(last);
    if (each.staysAfterDelete !== true) expect(await provider.read(last)).toBeUndefined();
    await provider.delete(last);
  });

  async function update(
    each: ResourceCase,
    made: { inputs: Properties; known: Parameters<TestWorld["provider"]["read"]>[0] },
  ): Promise<Properties> {
    const changes = await each.update?.(world);
    if (changes === undefined) return made.inputs;
    const inputs = { ...made.inputs, ...changes };
    expect(world.provider.diff(each.type, made.inputs, inputs).replaces).toEqual([]);
    const outputs = await world.provider.update({ ...made.known, inputs }, made.inputs);
    const seen = await world.provider.read({ ...made.known, inputs, outputs });
    expect(seen).toEqual({ inputs, outputs });
    for (const [key, value] of Object.entries(changes))
      if (!(each.unreadable ?? []).includes(key)) expect(sameProperty(seen?.outputs[key], value), `${key} after the update`).toBe(true);
    return inputs;
  }

  it.each(titles(resourceCases.filter((each) => each.replacedBy !== undefined)))(
    "%s is replaced when its identity changes",
    async (_title, each) => {
      const inputs = await each.inputs(world);
      expect(world.provider.diff(each.type, inputs, { ...inputs, ...each.replacedBy }).replaces.length).toBeGreaterThan(0);
    },
  );

  it.each(Object.entries(table).map(([type, entry]): [string, readonly string[]] => [type, entry.required]))(
    "%s is refused without what it needs",
    (type, required) => {
      expect(world.provider.check(type, {})).toEqual(required.map((key) => expect.stringMatching(new RegExp(`^${key}: is required`))));
    },
  );
});
