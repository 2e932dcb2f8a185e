// Key material that Node.js makes and wraps: what a key does with it, Node.js does too.
import {
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  KMSInvalidMacException,
  KMSInvalidStateException,
  VerifyMacCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import {
  constants,
  createCipheriv,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from "node:crypto";
import { test } from "node:test";
import { createKey, home, MESSAGE } from "./clients.mjs";

const KEY_WRAP_WITH_PADDING = Buffer.from("a65959a6", "hex"); // RFC 5649, section 3

function oaep(publicKey, secret) {
  const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, secret);
}

// RSA_AES_KEY_WRAP_SHA_256: a fresh AES key under OAEP, and the material under it (RFC 5649).
function oaepAndKeyWrap(publicKey, material) {
  const key = randomBytes(32);
  const wrapping = createCipheriv("id-aes256-wrap-pad", key, KEY_WRAP_WITH_PADDING);
  return Buffer.concat([oaep(publicKey, key), wrapping.update(material), wrapping.final()]);
}

const WRAPPINGS = { RSAES_OAEP_SHA_256: oaep, RSA_AES_KEY_WRAP_SHA_256: oaepAndKeyWrap };

async function bring(KeyId, WrappingAlgorithm, material, options = {}) {
  const parameters = await home.send(
    new GetParametersForImportCommand({ KeyId, WrappingAlgorithm, WrappingKeySpec: "RSA_2048" }),
  );
  assert.ok(parameters.ParametersValidTo.getTime() > Date.now() + 80_000_000);
  const { ImportToken, PublicKey } = parameters;
  const EncryptedKeyMaterial = WRAPPINGS[WrappingAlgorithm](PublicKey, material);
  const ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE";
  return home.send(
    new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ...options }),
  );
}

test("a symmetric key works with the material it was brought, until that is deleted and again after", async () => {
  const { KeyId, KeyState } = await createKey({ Origin: "EXTERNAL" });
  assert.equal(KeyState, "PendingImport");
  const material = randomBytes(32);
  const ValidTo = new Date(Date.now() + 86_400_000);
  const expiring = { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo };
  const imported = await bring(KeyId, "RSAES_OAEP_SHA_256", material, expiring);
  assert.match(imported.KeyMaterialId, /^[0-9a-f]{64}$/);
  const { KeyMetadata } = await home.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata.ExpirationModel, "KEY_MATERIAL_EXPIRES");
  assert.ok(Math.abs(KeyMetadata.ValidTo - ValidTo) < 1000);
  const { CiphertextBlob } = await home.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE }));
  await home.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
  await assert.rejects(home.send(new DecryptCommand({ CiphertextBlob })), KMSInvalidStateException);
  await bring(KeyId, "RSAES_OAEP_SHA_256", material);
  const opened = await home.send(new DecryptCommand({ CiphertextBlob }));
  assert.deepEqual(Buffer.from(opened.Plaintext), MESSAGE);
});

test("an HMAC key that was brought gives the codes of Node.js", async () => {
  const asked = { Origin: "EXTERNAL", KeySpec: "HMAC_512", KeyUsage: "GENERATE_VERIFY_MAC" };
  const { KeyId } = await createKey(asked);
  const material = randomBytes(64);
  await bring(KeyId, "RSAES_OAEP_SHA_256", material);
  const mac = { KeyId, MacAlgorithm: "HMAC_SHA_512", Message: MESSAGE };
  const { Mac } = await home.send(new GenerateMacCommand(mac));
  assert.deepEqual(Buffer.from(Mac), createHmac("sha512", material).update(MESSAGE).digest());
  assert.equal((await home.send(new VerifyMacCommand({ ...mac, Mac }))).MacValid, true);
  Mac[0] ^= 1;
  await assert.rejects(home.send(new VerifyMacCommand({ ...mac, Mac })), KMSInvalidMacException);
});

test("an elliptic-curve key that was brought shows the public key of Node.js", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { KeyId } = await createKey({ Origin: "EXTERNAL", KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  await bring(KeyId, "RSA_AES_KEY_WRAP_SHA_256", privateKey.export({ format: "der", type: "pkcs8" }));
  const shown = await home.send(new GetPublicKeyCommand({ KeyId }));
  assert.deepEqual(Buffer.from(shown.PublicKey), publicKey.export({ format: "der", type: "spki" }));
});
