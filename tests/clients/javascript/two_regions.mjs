// The AWS SDK for JavaScript against two regions, as its users write it. The endpoint and the credentials come from the
// environment (AWS_ENDPOINT_URL_KMS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY); the answers go to standard output as JSON.
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  NotFoundException,
  paginateListAliases,
  ReplicateKeyCommand,
} from "@aws-sdk/client-kms";
import { setTimeout as pause } from "node:timers/promises";

const [home, other] = ["us-east-1", "eu-west-1"].map((region) => new KMSClient({ region }));

async function eventually(attempt, deadline = Date.now() + 30_000) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NotFoundException) || Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}

const { KeyMetadata } = await home.send(new CreateKeyCommand({ MultiRegion: true, Description: "JavaScript" }));
const KeyId = KeyMetadata.KeyId;
await home.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: "eu-west-1" }));
const replica = await eventually(() => other.send(new DescribeKeyCommand({ KeyId })));

const EncryptionContext = { purpose: "test", "ключ": "значение" };
const sealed = await home.send(
  new EncryptCommand({ KeyId, Plaintext: new TextEncoder().encode("attack at dawn"), EncryptionContext }),
);
const opened = await other.send(new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }));
const dataKey = await other.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256" }));
const unwrapped = await home.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob }));

const AliasName = `alias/javascript-${KeyId}`;
await home.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
const aliases = [];
for await (const page of paginateListAliases({ client: home, pageSize: 1 }, { KeyId })) aliases.push(...page.Aliases);

let refusal;
try {
  await other.send(new DescribeKeyCommand({ KeyId: AliasName }));
} catch (error) {
  refusal = { name: error.name, status: error.$metadata.httpStatusCode, requestId: error.$metadata.requestId };
}

console.log(
  JSON.stringify({
    keyId: KeyId,
    created: KeyMetadata.CreationDate.getTime(),
    replicaState: replica.KeyMetadata.KeyState,
    plaintext: new TextDecoder().decode(opened.Plaintext),
    decryptedBy: opened.KeyId,
    dataKeyBytes: dataKey.Plaintext.length,
    dataKeyOpens: Buffer.from(unwrapped.Plaintext).equals(Buffer.from(dataKey.Plaintext)),
    aliases: aliases.map((alias) => alias.AliasName),
    refusal,
  }),
);
