// The clients of all tests: two regions, as users of the SDK make them. The endpoint and the credentials come from the
// environment (AWS_ENDPOINT_URL_KMS, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY).
import { CreateKeyCommand, KMSClient, NotFoundException } from "@aws-sdk/client-kms";
import { setTimeout as pause } from "node:timers/promises";

export const OTHER_REGION = "eu-west-1";
export const [home, other] = ["us-east-1", OTHER_REGION].map((region) => new KMSClient({ region }));
export const MESSAGE = Buffer.from("attack at dawn");

// The metadata of a new key.
export async function createKey(parameters = {}) {
  const { KeyMetadata } = await home.send(new CreateKeyCommand(parameters));
  return KeyMetadata;
}

// The first answer that is not NotFoundException: what one region does reaches the other some milliseconds after.
export async function eventually(attempt, deadline = Date.now() + 30_000) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof NotFoundException) || Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}

// All elements of a paginator's pages, and how many pages there were.
export async function collected(pages, member) {
  const found = [];
  let count = 0;
  for await (const page of pages) {
    found.push(...page[member]);
    count += 1;
  }
  return { found, count };
}
