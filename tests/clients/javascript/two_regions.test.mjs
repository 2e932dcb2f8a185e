// A multi-region key in both of its regions.
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  SignCommand,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createKey, eventually, home, MESSAGE, other, OTHER_REGION } from "./clients.mjs";

const EncryptionContext = { purpose: "test", "ключ": "значение" };

async function family(parameters = {}) {
  const metadata = await createKey({ MultiRegion: true, ...parameters });
  const { KeyId } = metadata;
  await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: OTHER_REGION }));
  const replica = await eventually(() => other.send(new DescribeKeyCommand({ KeyId })));
  return { primary: metadata, replica: replica.KeyMetadata };
}

test("a replica is described as what it is", async () => {
  const { primary, replica } = await family({ Description: "JavaScript" });
  assert.match(primary.KeyId, /^mrk-[0-9a-f]{32}$/);
  assert.ok(Math.abs(primary.CreationDate.getTime() - Date.now()) < 600_000);
  assert.equal(replica.KeyState, "Enabled");
  assert.equal(replica.MultiRegionConfiguration.MultiRegionKeyType, "REPLICA");
  assert.equal(replica.MultiRegionConfiguration.PrimaryKey.Arn, primary.Arn);
});

test("what one region encrypts the other decrypts", async () => {
  const { primary, replica } = await family();
  const { CiphertextBlob } = await home.send(
    new EncryptCommand({ KeyId: primary.KeyId, Plaintext: MESSAGE, EncryptionContext }),
  );
  const opened = await other.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual(Buffer.from(opened.Plaintext), MESSAGE);
  assert.equal(opened.KeyId, replica.Arn);
});

test("a data key of one region opens in the other, also encrypted again", async () => {
  const { primary } = await family();
  const { KeyId } = primary;
  const made = await other.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
  assert.equal(made.Plaintext.length, 32);
  const again = await home.send(
    new ReEncryptCommand({ CiphertextBlob: made.CiphertextBlob, DestinationKeyId: (await createKey()).KeyId }),
  );
  const opened = await home.send(new DecryptCommand({ CiphertextBlob: again.CiphertextBlob }));
  assert.deepEqual(opened.Plaintext, made.Plaintext);
});

test("a signature of one region is verified by the other", async () => {
  const { primary } = await family({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const asked = { KeyId: primary.KeyId, Message: MESSAGE, SigningAlgorithm: "ECDSA_SHA_256" };
  const { Signature } = await home.send(new SignCommand(asked));
  const verified = await other.send(new VerifyCommand({ ...asked, Signature }));
  assert.equal(verified.SignatureValid, true);
});
