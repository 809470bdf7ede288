// Calls every operation of the SDK, so that the SDK's types check every reply.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Sandbox } from "./main.js";

async function meetingWithSomebody({
  client,
  control,
  account,
  app_id,
}: Sandbox): Promise<[string, string]> {
  const made = await client.realtimeKit.meetings.create(app_id, {
    ...account,
    title: "Tue 19:00 beginners",
    persist_chat: true,
    transcribe_on_end: true,
    summarize_on_end: true,
    ai_config: {
      transcription: { language: "en-US" },
      summarization: { word_limit: 500 },
    },
    recording_config: {
      max_seconds: 10_800,
      video_config: { codec: "H264", width: 640, height: 360 },
    },
  });
  const meeting = made.data?.id ?? "";
  const { peer_id } = await control("join", {
    meeting_id: meeting,
    name: "Ada",
  });
  return [meeting, peer_id];
}

async function recorded(sandbox: Sandbox): Promise<string> {
  const { client, control, ids, account, app_id } = sandbox;
  const { recordings } = client.realtimeKit;
  const [meeting_id] = await meetingWithSomebody(sandbox);
  const { data } = await recordings.startRecordings(app_id, {
    ...account,
    meeting_id,
  });
  const id = data?.id ?? "";
  await control("advance", { seconds: 60 });
  assert.equal(
    (await recordings.getActiveRecordings(meeting_id, ids)).data?.id,
    id,
  );
  await recordings.pauseResumeStopRecording(id, { ...ids, action: "pause" });
  await recordings.pauseResumeStopRecording(id, { ...ids, action: "resume" });
  await control("advance", { seconds: 60 });
  await recordings.pauseResumeStopRecording(id, { ...ids, action: "stop" });
  await control("advance", { seconds: 120 });
  assert.ok(
    (await recordings.getRecordings(app_id, { ...account, meeting_id })).data
      ?.length,
  );
  return (await recordings.getOneRecording(id, ids)).data?.download_url ?? "";
}

async function ready(sandbox: Sandbox): Promise<string> {
  const url = await recorded(sandbox);
  const copied = await sandbox.client.stream.copy.create({
    ...sandbox.account,
    url,
    requireSignedURLs: true,
  });
  await sandbox.control("advance", { seconds: 300 });
  return copied?.uid ?? "";
}

async function picture<T>(use: (url: string) => Promise<T>): Promise<T> {
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
  const server = createServer(
    (_, reply) =>
      void reply
        .writeHead(200, { "content-type": "image/png" })
        .end(Buffer.from(pixel, "base64")),
  );
  await new Promise<void>((listening) =>
    server.listen(0, "127.0.0.1", listening),
  );
  try {
    return await use(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/logo.png`,
    );
  } finally {
    server.close();
  }
}

export const happy: Record<string, (sandbox: Sandbox) => Promise<void>> = {
  async tokens({ client, account, control }) {
    assert.equal((await client.user.tokens.verify()).status, "active");
    const { api_token } = await control("tokens", {
      permissions: ["stream_read"],
      owner: "account",
    });
    const headers = { authorization: `Bearer ${api_token}` };
    assert.equal(
      (await client.accounts.tokens.verify(account, { headers })).status,
      "active",
    );
  },

  async appsAndPresets({ client, account, app_id, ids }) {
    const { apps, presets } = client.realtimeKit;
    const app = (await apps.post({ ...account, name: "second" })).data?.app;
    assert.ok(
      (await apps.get(account)).data?.some((one) => one.id === app?.id),
    );
    const first = (await presets.get(app_id, account)).data[0]?.id ?? "";
    const { config, permissions, ui } = (
      await presets.getPresetByID(first, ids)
    ).data;
    const parts = { config, permissions, ui } as Parameters<
      typeof presets.create
    >[1];
    const id = (
      await presets.create(app_id, { ...parts, ...account, name: "kohai" })
    ).data.id;
    await presets.update(id, { ...ids, name: "senpai" });
    await presets.replacePresetByID(id, { ...parts, ...ids, name: "sempai" });
    await presets.delete(id, ids);
  },

  async meetingsAndParticipants(sandbox) {
    const { client, account, app_id, ids } = sandbox;
    const { meetings } = client.realtimeKit;
    const [meeting_id] = await meetingWithSomebody(sandbox);
    await meetings.getMeetingByID(meeting_id, ids);
    await meetings.replaceMeetingByID(meeting_id, {
      ...ids,
      title: "Replaced",
    });
    assert.equal(
      (
        await meetings.updateMeetingByID(meeting_id, {
          ...ids,
          title: "Edited",
        })
      ).data?.title,
      "Edited",
    );
    assert.ok(
      (await meetings.get(app_id, { ...account, per_page: 100 })).data?.length,
    );
    const sent = {
      custom_participant_id: "m-1",
      preset_name: "group_call_participant",
      name: "Bo",
    };
    const added =
      (await meetings.addParticipant(meeting_id, { ...ids, ...sent })).data
        ?.id ?? "";
    const of = { ...ids, meeting_id };
    await meetings.editParticipant(added, { ...of, name: "Bob" });
    await meetings.getMeetingParticipant(added, of);
    await meetings.getMeetingParticipants(meeting_id, ids);
    assert.ok((await meetings.refreshParticipantToken(added, of)).data?.token);
    await meetings.deleteMeetingParticipant(added, of);
  },

  async sessions(sandbox) {
    const { client, control, account, app_id, ids } = sandbox;
    const { activeSession, sessions } = client.realtimeKit;
    const [meeting, peer] = await meetingWithSomebody(sandbox);
    const live =
      (await activeSession.getActiveSession(meeting, ids)).data?.id ?? "";
    await activeSession.createPoll(meeting, {
      ...ids,
      question: "Again?",
      options: ["yes", "no"],
    });
    const { data } = await sessions.getSessionParticipants(live, {
      ...ids,
      include_peer_events: true,
    });
    const person = data?.participants?.[0]?.id ?? "";
    await sessions.getSessionParticipantDetails(person, {
      ...ids,
      session_id: live,
    });
    await sessions.getParticipantDataFromPeerID(peer, ids);
    await control("say", { peer_id: peer, text: "Hajime!" });
    await activeSession.kickParticipants(meeting, {
      ...ids,
      participant_ids: [person],
      custom_participant_ids: [],
    });
    await control("join", { meeting_id: meeting, name: "Bo" });
    await activeSession.kickAllParticipants(meeting, ids);
    await control("advance", { seconds: 300 });
    await sessions.getSessionDetails(live, ids);
    assert.ok(
      (
        await sessions.getSessions(app_id, {
          ...account,
          associated_id: meeting,
        })
      ).data?.sessions?.length,
    );
    await sessions.getSessionChat(live, ids);
    await sessions.getSessionTranscripts(live, ids);
    await sessions.generateSummaryOfTranscripts(live, ids);
    await control("advance", { seconds: 60 });
    await sessions.getSessionSummary(live, ids);
  },

  async trackRecordingsAndLivestreams(sandbox) {
    const { client, control, account, app_id, ids } = sandbox;
    const { recordings, livestreams, analytics } = client.realtimeKit;
    const [meeting_id] = await meetingWithSomebody(sandbox);
    const layers = {
      default: { file_name_prefix: "class", media_kind: "audio" as const },
    };
    await recordings.startTrackRecording(app_id, {
      ...account,
      meeting_id,
      layers,
    });
    const started = await livestreams.startLivestreamingAMeeting(meeting_id, {
      ...ids,
      name: "Open day",
    });
    const id = started.data?.id ?? "";
    await control("advance", { seconds: 30 });
    await livestreams.getMeetingActiveLivestreams(meeting_id, ids);
    const active = await livestreams.getActiveLivestreamsForLivestreamID(
      id,
      ids,
    );
    await livestreams.getLivestreamSessionForLivestreamID(id, ids);
    await livestreams.getLivestreamSessionDetailsForSessionID(
      active.data?.session?.id ?? "",
      ids,
    );
    await livestreams.stopLivestreamingAMeeting(meeting_id, ids);
    await livestreams.getAllLivestreams(app_id, account);
    await livestreams.getLivestreamAnalyticsComplete(app_id, account);
    await livestreams.getLivestreamAnalyticsDaywise(app_id, account);
    const days = { start_date: "2020-01-01", end_date: "2040-01-01" };
    await livestreams.getOrgAnalytics(app_id, { ...account, ...days });
    await analytics.getOrgAnalytics(app_id, { ...account, ...days });
  },

  async webhooks({ client, account, app_id, ids }) {
    const { webhooks } = client.realtimeKit;
    const url = "https://example.org/hook";
    const made = await webhooks.createWebhook(app_id, {
      ...account,
      name: "one",
      url,
      events: ["meeting.started"],
    });
    const id = made.data?.id ?? "";
    await webhooks.getWebhookByID(id, ids);
    await webhooks.editWebhook(id, { ...ids, enabled: false });
    await webhooks.replaceWebhook(id, {
      ...ids,
      name: "two",
      url,
      events: ["meeting.ended"],
    });
    await webhooks.getWebhooks(app_id, account);
    await webhooks.deleteWebhook(id, ids);
    const own = client.stream.webhooks;
    await own.update({ ...account, notificationUrl: url });
    await own.get(account);
    await own.delete(account);
  },

  async legacyCalls({ client, account }) {
    const { sfu, turn } = client.calls;
    const app = (await sfu.create({ ...account, name: "sfu" }))?.uid ?? "";
    await sfu.list(account);
    await sfu.update(app, { ...account, name: "renamed" });
    await sfu.get(app, account);
    await sfu.delete(app, account);
    const key = (await turn.create({ ...account, name: "relay" }))?.uid ?? "";
    await turn.list(account);
    await turn.update(key, { ...account, name: "renamed" });
    await turn.get(key, account);
    await turn.delete(key, account);
  },

  async videos(sandbox) {
    const { client, control, account } = sandbox;
    const { stream } = client;
    const video = await ready(sandbox);
    assert.equal((await stream.get(video, account))?.status?.state, "ready");
    await stream.edit(video, {
      ...account,
      meta: { name: "Edited" },
      publicDetails: { title: "A class" },
    });
    assert.ok(
      (await stream.list(account)).result.some((one) => one.uid === video),
    );
    await stream.videos.storageUsage(account);
    assert.match(await stream.embed.get(video, account), /iframe/);
    assert.ok((await stream.token.create(video, account))?.token);
    const cut = {
      clippedFromVideoUID: video,
      startTimeSeconds: 10,
      endTimeSeconds: 40,
    };
    await stream.clip.create({ ...account, ...cut });
    await stream.downloads.create(video, account);
    await control("advance", { seconds: 30 });
    await stream.downloads.get(video, account);
    await stream.downloads.delete(video, account);
    await stream.directUpload.create({ ...account, maxDurationSeconds: 600 });
    await stream.create({
      ...account,
      "Tus-Resumable": "1.0.0",
      "Upload-Length": 6_000_000,
    });
    const { captions } = stream;
    const of = { ...account, identifier: video };
    await captions.language.update("de", {
      ...of,
      file: "WEBVTT\n\n00:00.000 --> 00:02.000\nHajime!\n",
    });
    await captions.language.create("en", of);
    await captions.get(video, account);
    await captions.language.get("de", of);
    assert.match(await captions.language.vtt.get("de", of), /Hajime!/);
    await captions.language.delete("de", of);
    await stream.delete(video, account);
  },

  async keysMarksAndInputs({ client, account }) {
    const { keys, watermarks, liveInputs } = client.stream;
    const key = (await keys.create(account))?.id ?? "";
    await keys.get(account);
    await keys.delete(key, account);
    const mark = await picture((url) =>
      watermarks.create({ ...account, url, name: "logo" } as Parameters<
        typeof watermarks.create
      >[0]),
    );
    await watermarks.list(account);
    await watermarks.get(mark?.uid ?? "", account);
    await watermarks.delete(mark?.uid ?? "", account);
    const input =
      (
        await liveInputs.create({
          ...account,
          meta: { name: "Camera" },
          recording: { mode: "automatic" },
        })
      )?.uid ?? "";
    await liveInputs.list({ ...account, include_counts: true });
    await liveInputs.update(input, { ...account, enabled: false });
    await liveInputs.get(input, account);
    const output =
      (
        await liveInputs.outputs.create(input, {
          ...account,
          url: "rtmp://example.org/live",
          streamKey: "key",
        })
      )?.uid ?? "";
    await liveInputs.outputs.list(input, account);
    await liveInputs.outputs.update(output, {
      ...account,
      live_input_identifier: input,
      enabled: false,
    });
    await liveInputs.outputs.delete(output, {
      ...account,
      live_input_identifier: input,
    });
    await liveInputs.delete(input, account);
  },
};
