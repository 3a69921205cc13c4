import { isDeepStrictEqual } from "node:util";

type Json = Record<string, unknown>;

/** Takes away what is to be ignored, as Argo CD does by JSON pointer or by jq path: from what is there and from what Git says alike. */
export type Ignore = (object: Json) => Json;

/** By JSON pointers whose steps are names. */
export function ignoring(pointers: readonly string[]): Ignore {
  return (object) => {
    const copy = structuredClone(object);
    for (const pointer of pointers) {
      const steps = pointer.slice(1).split("/");
      const parent = steps.slice(0, -1).reduce<unknown>((at, step) => (isMap(at) ? at[step] : undefined), copy);
      if (isMap(parent)) delete parent[steps.at(-1) ?? ""];
    }
    return copy;
  };
}

/**
 * What a sync of Argo CD with `RespectIgnoreDifferences=true` applies: what Git says, with what is ignored copied from the living object. A stand-in, written after
 * `normalizeTargetResources` in its controller, for kinds whose lists have no merge keys; Argo CD itself does not run here.
 *
 * @param restoresGit as Argo CD does it from June 2026 on (its change #27136): whatever ignoring left alone in Git's object stays as Git says
 */
export function argoCdTarget(git: Json, living: Json | undefined, ignore: Ignore, restoresGit: boolean): Json {
  if (living === undefined) return git;
  const { status: _, ...there } = living;
  const [bareGit, bareThere] = [ignore(git), ignore(there)];
  const patched = merged(bareGit, mergePatch(bareThere, there));
  if (restoresGit) restore(patched, git, bareGit, bareThere);
  return patched;
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 7386: lists are replaced whole. */
function mergePatch(from: Json, to: Json): Json {
  const patch: Json = {};
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (isDeepStrictEqual(before, value)) continue;
    patch[key] = isMap(before) && isMap(value) ? mergePatch(before, value) : value;
  }
  for (const key of Object.keys(from).filter((one) => !(one in to))) patch[key] = null;
  return patch;
}

function merged(object: Json, patch: Json): Json {
  const result: Json = structuredClone(object);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = isMap(value) ? merged(isMap(result[key]) ? result[key] : {}, value) : structuredClone(value);
  }
  return result;
}

function restore(patched: Json, git: Json, bareGit: Json, bareThere: Json | undefined): void {
  for (const [key, value] of Object.entries(git)) {
    const [now, bare] = [patched[key], bareGit[key]];
    if (isMap(now) && isMap(value) && isMap(bare)) {
      const there = bareThere?.[key];
      restore(now, value, bare, isMap(there) ? there : undefined);
    } else if (key in bareGit && isDeepStrictEqual(bare, value)) {
      patched[key] = value;
    }
  }
  for (const key of Object.keys(patched)) {
    if (!(key in git) && bareThere !== undefined && key in bareThere) delete patched[key];
  }
}
