import { existsSync } from "node:fs";
import { recordFoldersOfHead } from "../../contract/recordLine";
import { inputError } from "../inputError";

/** The folder with the records of the head that this runs on. @throws InputError elsewhere */
export function findHeadRecords(option: string): string {
  const folder = recordFoldersOfHead.find((one) => existsSync(one));
  if (folder !== undefined) return folder;
  throw inputError({
    path: option,
    problem: "is missing, and there are no records here",
    got: "nothing",
    expected: `a folder or file of records, or a head with ${recordFoldersOfHead.join(" or ")}`,
    fix: "Copy them from the head and name them.",
  });
}
