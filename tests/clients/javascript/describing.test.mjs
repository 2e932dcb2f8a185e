// What is said of keys: aliases, tags, policies, descriptions, rotations; and their lists, page by page.
import {
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  paginateListAliases,
  paginateListKeyRotations,
  paginateListKeys,
  paginateListResourceTags,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import assert from "node:assert/strict";
import { test } from "node:test";
import { collected, createKey, home } from "./clients.mjs";

test("an alias names one key, then another, then none", async () => {
  const [first, second] = [await createKey(), await createKey()];
  const AliasName = `alias/javascript-${first.KeyId}`;
  const named = async () => (await home.send(new DescribeKeyCommand({ KeyId: AliasName }))).KeyMetadata.KeyId;
  await home.send(new CreateAliasCommand({ AliasName, TargetKeyId: first.KeyId }));
  assert.equal(await named(), first.KeyId);
  await home.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second.KeyId }));
  assert.equal(await named(), second.KeyId);
  await home.send(new DeleteAliasCommand({ AliasName }));
  await assert.rejects(named, { name: "NotFoundException" });
});

test("the aliases of a key come page by page", async () => {
  const { KeyId } = await createKey();
  const names = [1, 2, 3].map((number) => `alias/javascript-${KeyId}-${number}`);
  for (const AliasName of names) await home.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  const { found, count } = await collected(paginateListAliases({ client: home, pageSize: 1 }, { KeyId }), "Aliases");
  assert.deepEqual(found.map(({ AliasName }) => AliasName).toSorted(), names);
  assert.ok(found.every(({ TargetKeyId, CreationDate }) => TargetKeyId === KeyId && CreationDate instanceof Date));
  assert.equal(count, 3);
});

test("every key is in the list of keys once", async () => {
  const made = [await createKey(), await createKey()];
  const { found } = await collected(paginateListKeys({ client: home, pageSize: 10 }, {}), "Keys");
  const ids = found.map(({ KeyId }) => KeyId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { KeyId } of made) assert.ok(ids.includes(KeyId));
});

test("tags are set, changed, taken away", async () => {
  const { KeyId } = await createKey({ Tags: [{ TagKey: "team", TagValue: "red" }] });
  const tag = (TagKey, TagValue) => home.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey, TagValue }] }));
  await tag("team", "blue");
  await tag("cost", "42");
  await tag("gone", "");
  await home.send(new UntagResourceCommand({ KeyId, TagKeys: ["gone"] }));
  const { found } = await collected(paginateListResourceTags({ client: home, pageSize: 1 }, { KeyId }), "Tags");
  const tags = Object.fromEntries(found.map(({ TagKey, TagValue }) => [TagKey, TagValue]));
  assert.deepEqual(tags, { cost: "42", team: "blue" });
});

test("a policy and a description are answered as they were put", async () => {
  const { KeyId, AWSAccountId } = await createKey();
  const Principal = { AWS: `arn:aws:iam::${AWSAccountId}:root` };
  const Statement = { Sid: "All", Effect: "Allow", Principal, Action: "kms:*", Resource: "*" };
  const Policy = JSON.stringify({ Version: "2012-10-17", Id: "javascript", Statement: [Statement] });
  await home.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const shown = await home.send(new GetKeyPolicyCommand({ KeyId }));
  assert.deepEqual(JSON.parse(shown.Policy), JSON.parse(Policy));
  await home.send(new UpdateKeyDescriptionCommand({ KeyId, Description: "für Tests" }));
  const { KeyMetadata } = await home.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata.Description, "für Tests");
});

test("a key is rotated on demand, and its rotations are listed", async () => {
  const { KeyId } = await createKey();
  await home.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const status = await home.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.deepEqual([status.KeyRotationEnabled, status.RotationPeriodInDays], [true, 90]);
  assert.ok(status.NextRotationDate.getTime() > Date.now() + 89 * 86_400_000);
  await home.send(new RotateKeyOnDemandCommand({ KeyId }));
  const { found } = await collected(paginateListKeyRotations({ client: home, pageSize: 1 }, { KeyId }), "Rotations");
  assert.deepEqual(found.map(({ RotationType }) => RotationType), ["ON_DEMAND"]);
});
