import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { propertyDiffEntry } from "../../pulumi-protocol/propertyDiffEntry";
import { fromStruct } from "../../pulumi-protocol/wireStruct";

/** Another release, or another place to have it from; neither replaces anything. */
export function diffCrds(request: protocol.DiffRequest): protocol.DiffResponse {
  const [before, after] = [fromStruct(request.getOldInputs()), fromStruct(request.getNews())];
  const changed = ["operatorVersion", "source"].filter((name) => before[name] !== after[name]);
  const { DIFF_NONE, DIFF_SOME } = protocol.DiffResponse.DiffChanges;
  const response = new protocol.DiffResponse();
  response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(changed);
  response.setHasdetaileddiff(true);
  for (const name of changed) {
    const kind = before[name] === undefined ? "add" : after[name] === undefined ? "delete" : "update";
    response.getDetaileddiffMap().set(name, propertyDiffEntry(kind, false));
  }
  return response;
}
