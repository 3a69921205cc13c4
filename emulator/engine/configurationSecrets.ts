import { createDecipheriv, pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const KEY_ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** Decrypts one `secure:` value of a stack file. */
export type Decrypt = (secureValue: string) => string;

/** `v1:<nonce>:<ciphertext and tag>`, AES-256-GCM. */
function open(key: Buffer, secureValue: string): string {
  const [version, nonce, sealedText] = secureValue.split(":");
  if (version !== "v1" || nonce === undefined || sealedText === undefined)
    throw new Error(`is encrypted in an unknown way; got "${version ?? ""}"; expected v1.`);
  const bytes = Buffer.from(sealedText, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}

/**
 * Reads what Pulumi's passphrase secrets provider wrote.
 *
 * @param encryptionSalt the stack file's `encryptionsalt`
 * @throws Error when the passphrase is wrong
 */
export async function passphraseDecrypter(encryptionSalt: string, passphrase: string): Promise<Decrypt> {
  const [version, salt = "", ...check] = encryptionSalt.split(":");
  if (version !== "v1") throw new Error(`encryptionsalt: is of an unknown kind; got "${version ?? ""}"; expected v1.`);
  const key = await promisify(pbkdf2)(passphrase, Buffer.from(salt, "base64"), KEY_ROUNDS, KEY_BYTES, "sha256");
  try {
    open(key, check.join(":"));
  } catch (error) {
    throw new Error("the passphrase does not fit the stack's encrypted values. Set the one that they were encrypted with.", {
      cause: error,
    });
  }
  return (secureValue) => open(key, secureValue);
}
