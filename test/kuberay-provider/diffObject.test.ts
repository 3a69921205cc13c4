import * as protocol from "@pulumi/pulumi/proto/provider_pb";
import { describe, expect, it } from "vitest";
import { diffObject } from "../../kuberay-provider/diffObject";
import type { Properties } from "../../pulumi-protocol/properties";
import { toStruct } from "../../pulumi-protocol/wireStruct";

const object = (kind: string, spec: Properties, name = "demo"): Properties => ({
  manifest: { apiVersion: "ray.io/v1", kind, metadata: { name, namespace: "ray" }, spec },
});

function diff(previous: Properties, next: Properties): protocol.DiffResponse {
  const request = new protocol.DiffRequest();
  request.setOlds(toStruct({}));
  request.setOldInputs(toStruct(previous));
  request.setNews(toStruct(next));
  return diffObject(request);
}

describe("diffObject", () => {
  it("shows that a changed job is made anew, the old one going first", () => {
    const response = diff(object("RayJob", { entrypoint: "a" }), object("RayJob", { entrypoint: "b" }));
    expect([response.getReplacesList(), response.getDeletebeforereplace()]).toEqual([["manifest"], true]);
    expect([...response.getDetaileddiffMap().keys()]).toEqual(["manifest.spec.entrypoint"]);
  });

  it("changes in place what the operator acts on", () => {
    const response = diff(object("RayJob", {}), object("RayJob", { activeDeadlineSeconds: 9 }));
    expect([response.getReplacesList(), response.getDeletebeforereplace()]).toEqual([[], false]);
    expect(diff(object("RayService", { serveConfigV2: "a" }), object("RayService", { serveConfigV2: "b" })).getReplacesList()).toEqual([]);
  });

  it("lets a job of another name stand beside the old one", () => {
    const response = diff(object("RayJob", { entrypoint: "a" }), object("RayJob", { entrypoint: "b" }, "other"));
    expect([response.getReplacesList(), response.getDeletebeforereplace()]).toEqual([["manifest"], false]);
  });
});
