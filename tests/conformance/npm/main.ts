// Calls every operation of the official npm SDK on a running sandbox and prints the results.
import Cloudflare, {
  AuthenticationError,
  NotFoundError,
  PermissionDeniedError,
} from "cloudflare";
import { VERSION } from "cloudflare/version";
import { happy } from "./happy.js";
import { find, Ledger, type Operation } from "./ledger.js";

function required(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `${name} is not set; start a sandbox and set the variables that its first line prints`,
    );
  return value;
}

const account_id = required("CLOUDFLARE_ACCOUNT_ID");
const app_id = required("SANDBOX_APP_ID");
const baseURL = required("CLOUDFLARE_BASE_URL");
const control = required("SANDBOX_CONTROL_URL");
const token = required("CLOUDFLARE_API_TOKEN");

const client = new Cloudflare({ apiToken: token, baseURL, maxRetries: 0 });
const unauthorized = new Cloudflare({
  apiToken: "a-token-that-was-never-issued",
  baseURL,
  maxRetries: 0,
});
const ledger = new Ledger(client);
const wrong: string[] = [];

const sandbox = {
  client,
  host: baseURL.replace(/\/client\/v4$/, ""),
  account: { account_id },
  app_id,
  ids: { account_id, app_id },
  async control(command: string, body: unknown): Promise<any> {
    const reply = await fetch(`${control}/${command}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${command}: ${await reply.text()}`);
    return reply.json();
  },
};
export type Sandbox = typeof sandbox;

const UNKNOWN_UUID = "00000000-0000-4000-8000-000000000000";
const UNKNOWN_UID = "f".repeat(32);

/** Valid bodies for the operations that get an unknown id, so that only the id is wrong. */
async function bodies(): Promise<Record<string, object>> {
  const presets = await client.realtimeKit.presets.get(app_id, { account_id });
  const { data } = await client.realtimeKit.presets.getPresetByID(
    presets.data[0]?.id ?? "",
    sandbox.ids,
  );
  const { config, permissions, ui } = data;
  const hook = {
    name: "hook",
    url: "https://example.org/hook",
    events: ["meeting.started"],
  };
  return {
    "realtimeKit.meetings.addParticipant": {
      custom_participant_id: "m-1",
      preset_name: "group_call_participant",
    },
    "realtimeKit.presets.create": { name: "p", config, permissions, ui },
    "realtimeKit.presets.replacePresetByID": {
      name: "p",
      config,
      permissions,
      ui,
    },
    "realtimeKit.recordings.pauseResumeStopRecording": { action: "stop" },
    "realtimeKit.recordings.startRecordings": { meeting_id: UNKNOWN_UUID },
    "realtimeKit.recordings.startTrackRecording": { meeting_id: UNKNOWN_UUID },
    "realtimeKit.webhooks.createWebhook": hook,
    "realtimeKit.webhooks.replaceWebhook": hook,
    "realtimeKit.activeSession.createPoll": {
      question: "Again?",
      options: ["yes", "no"],
    },
    "stream.create": { "Tus-Resumable": "1.0.0", "Upload-Length": 6_000_000 },
    "stream.clip.create": {
      clippedFromVideoUID: UNKNOWN_UID,
      startTimeSeconds: 1,
      endTimeSeconds: 3,
    },
    "stream.captions.language.update": { file: "WEBVTT\n" },
    "stream.liveInputs.outputs.create": {
      url: "rtmp://example.org/live",
      streamKey: "key",
    },
    "stream.liveInputs.outputs.update": { enabled: true },
  };
}

/** Operations that take the id in the body instead of the path. */
const ID_IN_BODY = [
  "realtimeKit.recordings.startRecordings",
  "realtimeKit.recordings.startTrackRecording",
  "stream.clip.create",
];

function unknownId(name: string, parameter: string): string {
  if (parameter === "language") return "de";
  if (/^app_?id$/i.test(parameter) && !name.startsWith("calls.")) return app_id;
  return name.startsWith("realtimeKit.") ? UNKNOWN_UUID : UNKNOWN_UID;
}

async function refused(
  operation: Operation,
  sent: object,
  by: Cloudflare,
  kinds: Function[],
): Promise<void> {
  const { name, parameters, members } = operation;
  const positional = parameters.filter(
    (parameter) => !["params", "options"].includes(parameter),
  );
  const paths = members.filter((member) =>
    /_id$|^identifier$|_identifier$/.test(member),
  );
  const params = Object.fromEntries(
    paths.map((member) => [
      member,
      member === "account_id" ? account_id : unknownId(name, member),
    ]),
  );
  const args = [
    ...positional.map((parameter) => unknownId(name, parameter)),
    { ...params, ...sent },
  ];
  const resource = find(by, name.slice(0, name.lastIndexOf(".")));
  try {
    await resource[name.slice(name.lastIndexOf(".") + 1)](
      ...(name === "user.tokens.verify" ? [] : args),
    );
    wrong.push(`${name}: answered although it should have refused`);
  } catch (error) {
    if (!kinds.some((kind) => error instanceof kind))
      wrong.push(`${name}: ${error}`);
  }
}

function hasId({ name, parameters, members }: Operation): boolean {
  const ids = [...parameters, ...members].filter((word) =>
    /(ID|_id|dentifier)$/.test(word),
  );
  const own = ids.filter(
    (word) =>
      word !== "account_id" &&
      !(name.startsWith("realtimeKit.") && /^app_?id$/i.test(word)),
  );
  return own.length > 0 || ID_IN_BODY.includes(name);
}

const sent = await bodies();
for (const operation of ledger.operations) {
  const body = sent[operation.name] ?? {};
  await refused(operation, body, unauthorized, [
    AuthenticationError,
    PermissionDeniedError,
  ]);
  const entry = ledger.entry(operation.name);
  // The client without a valid token is not wrapped, so its refusal is counted here.
  entry.unhappy += 1;
  if (hasId(operation))
    await refused(operation, body, client, [NotFoundError]);
}
for (const [name, walk] of Object.entries(happy)) {
  try {
    await walk(sandbox);
  } catch (error) {
    wrong.push(`${name}: ${error instanceof Error ? error.stack : error}`);
  }
}

ledger.save("node_modules/.walk/replies.ts");
const { text, green } = ledger.table(VERSION);
console.log([text, ...wrong.map((line) => `✗ ${line}`)].join("\n"));
process.exitCode = green && wrong.length === 0 ? 0 : 1;
