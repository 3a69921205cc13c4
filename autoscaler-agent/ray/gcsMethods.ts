import type { MethodDefinition } from "@grpc/grpc-js";
import { Root } from "protobufjs/light";
import { AUTOSCALER_SERVICE, gcsProtocol } from "./gcsProtocol";

/** How one method of the GCS is called: its path, and its messages from and to bytes. Snake case; absent means default. */
export type GcsMethod = Pick<MethodDefinition<object, object>, "path" | "requestSerialize" | "responseDeserialize">;

/** How replies are given: numbers for 64 bits, enums by name, nothing for what was not sent. */
const plain = { longs: Number, enums: String, defaults: false } as const;

/**
 * The methods of Ray's `AutoscalerStateService` by name. Without `@grpc/proto-loader`, which would make protobuf's description of the whole protocol as well, and which
 * nobody here asks for: 3 MiB of the agent.
 */
export function gcsMethods(): ReadonlyMap<string, GcsMethod> {
  const root = Root.fromJSON(gcsProtocol).resolveAll();
  const { methodsArray } = root.lookupService(AUTOSCALER_SERVICE);
  return new Map(
    methodsArray.map(({ name, requestType, responseType }) => {
      const [request, response] = [root.lookupType(`${PACKAGE}.${requestType}`), root.lookupType(`${PACKAGE}.${responseType}`)];
      return [
        name,
        {
          path: `/${AUTOSCALER_SERVICE}/${name}`,
          requestSerialize: (message: object) => Buffer.from(request.encode(request.fromObject(message)).finish()),
          responseDeserialize: (bytes: Buffer) => response.toObject(response.decode(bytes), plain),
        },
      ];
    }),
  );
}

const PACKAGE = AUTOSCALER_SERVICE.slice(0, AUTOSCALER_SERVICE.lastIndexOf("."));
