// Secrets that two sides come to: ECDH with Node.js as the other side, and ML-KEM with the region as both.
import {
  DecapsulateCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  GetPublicKeyCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { createPublicKey, diffieHellman, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createKey, home } from "./clients.mjs";

const CURVES = { ECC_NIST_P256: "P-256", ECC_NIST_P384: "P-384", ECC_NIST_P521: "P-521" };

for (const [KeySpec, namedCurve] of Object.entries(CURVES)) {
  test(`Node.js derives the secret that a key of ${KeySpec} derives`, async () => {
    const { KeyId } = await createKey({ KeySpec, KeyUsage: "KEY_AGREEMENT" });
    const own = generateKeyPairSync("ec", { namedCurve });
    const derived = await home.send(
      new DeriveSharedSecretCommand({
        KeyId,
        KeyAgreementAlgorithm: "ECDH",
        PublicKey: own.publicKey.export({ format: "der", type: "spki" }),
      }),
    );
    const { PublicKey } = await home.send(new GetPublicKeyCommand({ KeyId }));
    const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: "der", type: "spki" });
    const secret = diffieHellman({ privateKey: own.privateKey, publicKey });
    assert.deepEqual(Buffer.from(derived.SharedSecret), secret);
    assert.equal(derived.KeyOrigin, "AWS_KMS");
  });
}

test("what is encapsulated is decapsulated", async () => {
  const { KeyId } = await createKey({ KeySpec: "ML_KEM_768", KeyUsage: "ENCAPSULATE_DECAPSULATE" });
  const asked = { KeyId, EncapsulationAlgorithm: "ML_KEM" };
  const { SharedSecret, SharedSecretCiphertextBlob } = await home.send(new EncapsulateCommand(asked));
  const opened = await home.send(new DecapsulateCommand({ ...asked, SharedSecretCiphertextBlob }));
  assert.deepEqual(opened.SharedSecret, SharedSecret);
});
