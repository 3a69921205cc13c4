import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { formatSpecPath } from "../components/plan/specProblem";
import { propertyDiffEntry } from "../pulumi-protocol/propertyDiffEntry";
import { fromStruct } from "../pulumi-protocol/wireStruct";
import { isReplacing, keepsIdentity, type ManifestChange, manifestChanges } from "./manifestChanges";
import type { RayObject } from "./rayObject";

/**
 * What differs between the manifests of two programs, each place by itself. Groups that are still to leave are a difference until they are gone. The other inputs change
 * only what is checked and how long is waited.
 */
export function diffObject(request: protocol.DiffRequest): protocol.DiffResponse {
  const next = fromStruct(request.getNews())["manifest"] as RayObject;
  const changes = manifestChanges(fromStruct(request.getOldInputs())["manifest"], next);
  const replaces = changes.some((change) => isReplacing(change, next));
  const leaving = fromStruct(request.getOlds())["leavingGroups"];
  const isLeaving = Array.isArray(leaving) && leaving.length > 0;
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  const response = new protocol.DiffResponse();
  response.setChanges(changes.length > 0 || isLeaving ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...(changes.length > 0 ? ["manifest"] : []), ...(isLeaving ? ["leavingGroups"] : [])]);
  response.setReplacesList(replaces ? ["manifest"] : []);
  response.setDeletebeforereplace(replaces && keepsIdentity(changes));
  response.setHasdetaileddiff(true);
  for (const change of changes)
    response.getDetaileddiffMap().set(pathOf(change), propertyDiffEntry(change.kind, isReplacing(change, next)));
  if (isLeaving) response.getDetaileddiffMap().set("leavingGroups", leavingEntry());
  return response;
}

function pathOf({ keys }: ManifestChange): string {
  return formatSpecPath(["manifest", ...keys]);
}

function leavingEntry(): protocol.PropertyDiff {
  const entry = new protocol.PropertyDiff();
  entry.setKind(protocol.PropertyDiff.Kind.UPDATE);
  return entry;
}
