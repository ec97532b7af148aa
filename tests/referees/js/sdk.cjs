// Makes calls of Clerk's JavaScript SDK for whoever writes them down: a line of JSON in, a line of JSON out.
//
// In:  {"apiUrl": "...", "secretKey": "...", "call": "invitations.createInvitationBulk", "args": [[...]]}
// Out: {"value": ...} as the SDK returned it, or {"error": {...}} as it threw it.
// The call verifyWebhook takes a request as {url, headers, body}, as it came, and the options.
// Run it in the folder that the SDK is installed in: that may be another than this file's.

const { createRequire } = require("node:module");
const { createInterface } = require("node:readline");
const path = require("node:path");

const installed = createRequire(path.join(process.cwd(), "package.json"));
const { createClerkClient } = installed("@clerk/backend");
const { isClerkAPIResponseError } = installed("@clerk/backend/errors");
const { verifyWebhook } = installed("@clerk/backend/webhooks");

function made({ apiUrl, secretKey, call, args }) {
  if (call === "verifyWebhook") {
    const [{ url, headers, body }, options] = args;
    return verifyWebhook(new Request(url, { method: "POST", headers, body }), options);
  }
  const [group, name] = call.split(".");
  return createClerkClient({ apiUrl, secretKey })[group][name](...args);
}

async function answer({ apiUrl, secretKey, call, args }) {
  try {
    return { value: await made({ apiUrl, secretKey, call, args }) };
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
