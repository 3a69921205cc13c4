import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localStack } from "../../emulator/localStack";
import { cloudMissing, skipNote } from "../emulator/cloud/emulatedCloud";
import { agentFaults } from "../support/faults/agentFaults";
import { callFaults } from "../support/faults/callFaults";
import { faultPairs } from "../support/faults/faultPairs";
import { type FaultResult, faultRow, injectedBetween, publishFaultTable } from "../support/faults/faultTable";
import { FaultyStack } from "../support/faults/faultyStack";
import { headLosses } from "../support/faults/headLosses";
import { workerFaults } from "../support/faults/workerFaults";

/** The longest waits for a machine that does not come back, in milliseconds. */
const ROW_TIMEOUT_MS = 600_000;
const local = localStack("local", "test-faults");
/** Only rows whose name has this pattern. @default all */
const wanted = new RegExp(process.env["FAULTS"] ?? "");
/** The head's last: after the last of them there is none. */
const rows = [...callFaults, ...workerFaults, ...agentFaults, ...faultPairs, ...headLosses].filter(({ name }) => wanted.test(name));

describe.skipIf(cloudMissing)(`the agent behind a proxy that breaks things, with real Ray${skipNote(cloudMissing)}`, () => {
  const results: FaultResult[] = [];
  let stack: FaultyStack;
  const note = (result: FaultResult) => {
    results.push(result);
    console.log(faultRow(result));
  };

  beforeAll(async () => {
    stack = await FaultyStack.up(local);
  });

  afterAll(async () => {
    await stack?.watch.stop();
    await FaultyStack.down(local);
    publishFaultTable(local.projectDirectory, results);
  });

  it.each(rows.map((row) => [row.name, row] as const))(
    "%s",
    async (name, { groupName, held, times, live }) => {
      await stack.untilGone(groupName);
      const before = await stack.faults.set({ aws: [] });
      const broken = stack.watch.broken.length;
      try {
        const recoveredSeconds = await live(stack, groupName);
        expect(stack.watch.broken.slice(broken)).toEqual([]);
        // A head without power counts nothing any more.
        const counted = injectedBetween(before, await stack.faults.counts().catch(() => before));
        const injected = { ...counted, ...times };
        note({ fault: name, injected, held, broken: false, ...(recoveredSeconds === undefined ? {} : { recoveredSeconds }) });
      } catch (error) {
        const problem = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
        note({ fault: name, injected: times ?? {}, held: problem, broken: true });
        throw error;
      }
    },
    ROW_TIMEOUT_MS,
  );

  it("leaves no machine", async () => {
    for (const groupName of ["cpu", "gpu", "gold"]) await stack.untilGone(groupName);
  });
});
