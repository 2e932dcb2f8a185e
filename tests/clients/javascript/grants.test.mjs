// Grants: made, listed page by page, named by their tokens, retired and revoked.
import {
  CreateGrantCommand,
  DecryptCommand,
  DryRunOperationException,
  EncryptCommand,
  InvalidGrantTokenException,
  ListRetirableGrantsCommand,
  paginateListGrants,
  RetireGrantCommand,
  RevokeGrantCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { test } from "node:test";
import { collected, createKey, home, MESSAGE } from "./clients.mjs";

async function grant(key, parameters = {}) {
  const GranteePrincipal = `arn:aws:iam::${key.AWSAccountId}:root`;
  const asked = { KeyId: key.KeyId, GranteePrincipal, Operations: ["Encrypt", "Decrypt"], ...parameters };
  return home.send(new CreateGrantCommand(asked));
}

async function listed(KeyId) {
  const { found, count } = await collected(paginateListGrants({ client: home, pageSize: 2 }, { KeyId }), "Grants");
  return { grants: found, pages: count };
}

test("a token of a grant goes with a request", async () => {
  const key = await createKey();
  const { KeyId } = key;
  const { GrantToken } = await grant(key, { Name: "for-tokens" });
  const GrantTokens = [GrantToken];
  const { CiphertextBlob } = await home.send(new EncryptCommand({ KeyId, Plaintext: MESSAGE, GrantTokens }));
  const { Plaintext } = await home.send(new DecryptCommand({ CiphertextBlob, GrantTokens }));
  assert.deepEqual(Buffer.from(Plaintext), MESSAGE);
  const forged = new EncryptCommand({ KeyId, Plaintext: MESSAGE, GrantTokens: ["Zm9yZ2Vk"] });
  await assert.rejects(home.send(forged), InvalidGrantTokenException);
});

test("grants are listed page by page, with what they say", async () => {
  const key = await createKey();
  const Constraints = { EncryptionContextSubset: { purpose: "test" } };
  const made = [await grant(key, { Constraints, Name: "constrained" })];
  for (let count = 0; count < 4; count += 1) made.push(await grant(key));
  const { grants, pages } = await listed(key.KeyId);
  assert.equal(pages, 3);
  assert.deepEqual(new Set(grants.map(({ GrantId }) => GrantId)), new Set(made.map(({ GrantId }) => GrantId)));
  const constrained = grants.find(({ Name }) => Name === "constrained");
  assert.deepEqual(constrained.Constraints, Constraints);
  assert.deepEqual(constrained.Operations.toSorted(), ["Decrypt", "Encrypt"]);
  assert.equal(constrained.KeyId, key.Arn);
});

test("a grant goes by its token or by its id", async () => {
  const key = await createKey();
  const { KeyId } = key;
  const RetiringPrincipal = `arn:aws:iam::${key.AWSAccountId}:root`;
  const retired = await grant(key, { RetiringPrincipal });
  const revoked = await grant(key);
  const { Grants } = await home.send(new ListRetirableGrantsCommand({ RetiringPrincipal, Limit: 100 }));
  assert.ok(Grants.some(({ GrantId }) => GrantId === retired.GrantId));
  await home.send(new RetireGrantCommand({ GrantToken: retired.GrantToken }));
  await home.send(new RevokeGrantCommand({ KeyId, GrantId: revoked.GrantId }));
  assert.deepEqual((await listed(KeyId)).grants, []);
});

test("a dry run says that it would have succeeded, and leaves no grant", async () => {
  const key = await createKey();
  await assert.rejects(grant(key, { DryRun: true }), DryRunOperationException);
  assert.deepEqual((await listed(key.KeyId)).grants, []);
});
