// Makes calls of Clerk's JavaScript SDK for whoever writes them down: a line of JSON in, a line of JSON out.
//
// In:  {"apiUrl": "...", "secretKey": "...", "call": "invitations.createInvitationBulk", "args": [[...]]}
// Out: {"value": ...} as the SDK returned it, or {"error": {...}} as it threw it.
// Run it in the folder that the SDK is installed in: that may be another than this file's.

const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");
const path = require("node:path");

const installed = createRequire(path.join(process.cwd(), "package.json"));
const { createClerkClient } = installed("@clerk/backend");
const { isClerkAPIResponseError } = installed("@clerk/backend/errors");

async function answer({ apiUrl, secretKey, call, args }) {
  const client = createClerkClient({ apiUrl, secretKey });
  const [group, name] = call.split(".");
  try {
    return { value: await client[group][name](...args) };
  } catch (error) {
    if (!isClerkAPIResponseError(error)) {
      return { error: { name: error.name, message: error.message } };
    }
    const { name, status, errors, clerkTraceId, retryAfter } = error;
    return { error: { name, status, errors, clerkTraceId, retryAfter } };
  }
}

// The SDK keeps what it was sent beside what it made of it: only the latter is what its users see.
const asSeen = (key, value) => (key === "_raw" ? undefined : value);

async function main() {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(JSON.parse(line)), asSeen) + "\n");
  }
}

main();
