declare const nodeIdBrand: unique symbol;

/**
 * Ray's id of a node, as 56 hexadecimal digits of its 28 bytes.
 *
 * Only {@link nodeIdFromBytes} makes one: a drain request with an id of another length aborts the whole GCS, and passing
 * the hexadecimal text where bytes are meant is exactly such an id.
 */
export type NodeId = string & { readonly [nodeIdBrand]: true };

const NODE_ID_BYTES = 28;

/** The id, or undefined when it is not 28 bytes long. */
export function nodeIdFromBytes(bytes: Uint8Array): NodeId | undefined {
  return bytes.length === NODE_ID_BYTES ? (Buffer.from(bytes).toString("hex") as NodeId) : undefined;
}

/**
 * The 28 bytes that go on the wire.
 *
 * @throws RangeError when a cast has smuggled in something else: better this process than the GCS.
 */
export function nodeIdToBytes(nodeId: NodeId): Buffer {
  const bytes = Buffer.from(nodeId, "hex");
  if (bytes.length !== NODE_ID_BYTES || bytes.toString("hex") !== nodeId) {
    throw new RangeError(
      `nodeId: is no node id; got "${nodeId}"; expected 28 bytes as lower-case hexadecimal digits. Parse it with nodeIdFromBytes.`,
    );
  }
  return bytes;
}
