import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { formatSpecPath } from "../components/plan/specProblem";
import { fromStruct } from "../pulumi-protocol/wireStruct";
import { isReplacing, type ManifestChange, manifestChanges } from "./manifestChanges";

const KINDS = {
  add: { inPlace: protocol.PropertyDiff.Kind.ADD, replacing: protocol.PropertyDiff.Kind.ADD_REPLACE },
  update: { inPlace: protocol.PropertyDiff.Kind.UPDATE, replacing: protocol.PropertyDiff.Kind.UPDATE_REPLACE },
  delete: { inPlace: protocol.PropertyDiff.Kind.DELETE, replacing: protocol.PropertyDiff.Kind.DELETE_REPLACE },
} as const;

/**
 * What differs between the manifests of two programs, each place by itself. Groups that are still to leave are a difference until they are gone. The other inputs change
 * only what is checked and how long is waited.
 */
export function diffObject(request: protocol.DiffRequest): protocol.DiffResponse {
  const changes = manifestChanges(fromStruct(request.getOldInputs())["manifest"], fromStruct(request.getNews())["manifest"]);
  const leaving = fromStruct(request.getOlds())["leavingGroups"];
  const isLeaving = Array.isArray(leaving) && leaving.length > 0;
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  const response = new protocol.DiffResponse();
  response.setChanges(changes.length > 0 || isLeaving ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList([...(changes.length > 0 ? ["manifest"] : []), ...(isLeaving ? ["leavingGroups"] : [])]);
  response.setReplacesList(changes.some(isReplacing) ? ["manifest"] : []);
  response.setHasdetaileddiff(true);
  for (const change of changes) response.getDetaileddiffMap().set(pathOf(change), entryOf(change));
  if (isLeaving) response.getDetaileddiffMap().set("leavingGroups", leavingEntry());
  return response;
}

function pathOf({ keys }: ManifestChange): string {
  return formatSpecPath(["manifest", ...keys]);
}

function entryOf(change: ManifestChange): protocol.PropertyDiff {
  const kinds = KINDS[change.kind];
  const entry = new protocol.PropertyDiff();
  entry.setKind(isReplacing(change) ? kinds.replacing : kinds.inPlace);
  entry.setInputdiff(true);
  return entry;
}

function leavingEntry(): protocol.PropertyDiff {
  const entry = new protocol.PropertyDiff();
  entry.setKind(protocol.PropertyDiff.Kind.UPDATE);
  return entry;
}
