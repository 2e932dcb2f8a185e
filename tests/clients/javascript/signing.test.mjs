// Signatures: Node.js verifies them with the public key of GetPublicKey, and the region verifies what Node.js signs.
import {
  GetPublicKeyCommand,
  KMSInvalidSignatureException,
  SignCommand,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { test } from "node:test";
import { createKey, home, MESSAGE } from "./clients.mjs";

const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING };

// Key spec, signing algorithm, and Node's digest and options for the same.
const VERIFIED_BY_NODE = [
  ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256", {}],
  ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384", {}],
  ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512", {}],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256", {}],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", null, {}],
  ["RSA_2048", "RSASSA_PSS_SHA_256", "sha256", PSS],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_384", "sha384", PKCS1],
];

for (const [KeySpec, SigningAlgorithm, digest, options] of VERIFIED_BY_NODE) {
  test(`Node.js verifies ${SigningAlgorithm} of ${KeySpec}`, async () => {
    const { KeyId, Arn } = await createKey({ KeySpec, KeyUsage: "SIGN_VERIFY" });
    const signed = await home.send(new SignCommand({ KeyId, SigningAlgorithm, Message: MESSAGE }));
    const shown = await home.send(new GetPublicKeyCommand({ KeyId }));
    assert.deepEqual([signed.KeyId, shown.KeyId, shown.KeySpec], [Arn, Arn, KeySpec]);
    assert.ok(shown.SigningAlgorithms.includes(SigningAlgorithm));
    const key = createPublicKey({ key: Buffer.from(shown.PublicKey), format: "der", type: "spki" });
    assert.ok(verify(digest, MESSAGE, { key, ...options }, signed.Signature));
    assert.ok(!verify(digest, Buffer.from("another"), { key, ...options }, signed.Signature));
  });
}

test("a digest is signed as its message is", async () => {
  const { KeyId } = await createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const Message = createHash("sha256").update(MESSAGE).digest();
  const asked = { KeyId, SigningAlgorithm: "ECDSA_SHA_256" };
  const { Signature } = await home.send(new SignCommand({ ...asked, Message, MessageType: "DIGEST" }));
  const verified = await home.send(new VerifyCommand({ ...asked, Message: MESSAGE, Signature }));
  assert.equal(verified.SignatureValid, true);
});

for (const KeySpec of ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"]) {
  test(`a signature of ${KeySpec} is verified, and one of another message is an error`, async () => {
    const { KeyId } = await createKey({ KeySpec, KeyUsage: "SIGN_VERIFY" });
    const asked = { KeyId, SigningAlgorithm: "ML_DSA_SHAKE_256", Message: MESSAGE };
    const { Signature } = await home.send(new SignCommand(asked));
    assert.equal((await home.send(new VerifyCommand({ ...asked, Signature }))).SignatureValid, true);
    const another = new VerifyCommand({ ...asked, Message: Buffer.from("another"), Signature });
    await assert.rejects(home.send(another), KMSInvalidSignatureException);
  });
}
