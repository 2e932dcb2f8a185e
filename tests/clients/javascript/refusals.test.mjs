// Every refusal becomes the class that the SDK has for it, with the request's id and status.
import {
  AlreadyExistsException,
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  DryRunOperationException,
  EncryptCommand,
  GenerateMacCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  KMSInvalidStateException,
  KMSServiceException,
  NotFoundException,
  ScheduleKeyDeletionCommand,
  SignCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createKey, home, MESSAGE, other } from "./clients.mjs";

const signed = { SigningAlgorithm: "ECDSA_SHA_256", Message: MESSAGE };
let key;
let blob;

before(async () => {
  key = await createKey();
  blob = (await home.send(new EncryptCommand({ KeyId: key.KeyId, Plaintext: MESSAGE }))).CiphertextBlob;
});

async function refusal(command, client = home) {
  try {
    await client.send(command);
  } catch (error) {
    assert.ok(error instanceof KMSServiceException);
    assert.equal(error.$fault, "client");
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    return error;
  }
  assert.fail("it was granted");
}

test("a key of another region is not found", async () => {
  const error = await refusal(new DescribeKeyCommand({ KeyId: key.KeyId }), other);
  assert.ok(error instanceof NotFoundException);
  assert.match(error.message, /does not exist/);
});

test("what was changed on its way is no ciphertext", async () => {
  const CiphertextBlob = Uint8Array.from(blob);
  CiphertextBlob[CiphertextBlob.length - 1] ^= 1;
  assert.ok((await refusal(new DecryptCommand({ CiphertextBlob }))) instanceof InvalidCiphertextException);
  const EncryptionContext = { purpose: "another" };
  const bound = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext });
  assert.ok((await refusal(bound)) instanceof InvalidCiphertextException);
});

test("a ciphertext opens with its own key alone", async () => {
  const { KeyId } = await createKey();
  const error = await refusal(new DecryptCommand({ CiphertextBlob: blob, KeyId }));
  assert.ok(error instanceof IncorrectKeyException);
});

test("a key is used for what it is for", async () => {
  const { KeyId } = key;
  const mac = new GenerateMacCommand({ KeyId, Message: MESSAGE, MacAlgorithm: "HMAC_SHA_256" });
  assert.ok((await refusal(mac)) instanceof InvalidKeyUsageException);
  assert.ok((await refusal(new SignCommand({ KeyId, ...signed }))) instanceof InvalidKeyUsageException);
});

test("a disabled key and one that is to go are refused, each in its way", async () => {
  const { KeyId } = await createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  await home.send(new DisableKeyCommand({ KeyId }));
  assert.ok((await refusal(new SignCommand({ KeyId, ...signed }))) instanceof DisabledException);
  const scheduled = await home.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert.ok(scheduled.DeletionDate.getTime() > Date.now() + 6 * 86_400_000);
  assert.ok((await refusal(new SignCommand({ KeyId, ...signed }))) instanceof KMSInvalidStateException);
  await home.send(new CancelKeyDeletionCommand({ KeyId }));
  assert.ok((await refusal(new CancelKeyDeletionCommand({ KeyId }))) instanceof KMSInvalidStateException);
});

test("a name that is taken", async () => {
  const alias = { AliasName: `alias/javascript-taken-${key.KeyId}`, TargetKeyId: key.KeyId };
  await home.send(new CreateAliasCommand(alias));
  assert.ok((await refusal(new CreateAliasCommand(alias))) instanceof AlreadyExistsException);
});

test("a dry run is refused where it would have succeeded, and as its request where not", async () => {
  const { KeyId } = key;
  const dry = await refusal(new EncryptCommand({ KeyId, Plaintext: MESSAGE, DryRun: true }));
  assert.ok(dry instanceof DryRunOperationException);
  const absent = `${KeyId.slice(0, -4)}0000`;
  const lost = await refusal(new EncryptCommand({ KeyId: absent, Plaintext: MESSAGE, DryRun: true }));
  assert.ok(lost instanceof NotFoundException);
});

test("what breaks a constraint has AWS's name, which is not in the model", async () => {
  const error = await refusal(new EncryptCommand({ KeyId: key.KeyId, Plaintext: new Uint8Array(4097) }));
  assert.equal(error.name, "ValidationException");
  assert.match(error.message, /less than or equal to 4096/);
});
