// E-mail, Slack, the webhook, and what was told through them.
import type { ChannelsDto, ChannelSettingsDto, DeliveryDto } from "../bindings";
import { mail } from "./mail";
import { fakeId, iso } from "./scenario";
import { fail, MINUTE, type Answers, type World } from "./world";

const OFF: ChannelSettingsDto = { on: false, address: null, quiet: null, last_sent: null, last_error: null };
const DESKTOP: ChannelSettingsDto = { ...OFF, on: true };
const SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

function accepted(id: number, at: number, more: Partial<DeliveryDto> = {}): DeliveryDto {
  return {
    id,
    event_id: fakeId(7, id),
    event: "recording.complete",
    channel: "webhook",
    recipient: "api.harbourdojo.example",
    recording_id: fakeId(2, id),
    title: "Karate fundamentals",
    state: "accepted",
    attempts: 1,
    next_attempt: null,
    last_answer: 'Answered 200. It said: {"status": "ok"}',
    created_at: iso(at),
    sent_at: iso(at),
    ...more,
  };
}

function told(now: number): DeliveryDto[] {
  const delivery = (id: number, minutesAgo: number, more: Partial<DeliveryDto>) =>
    accepted(id, now - minutesAgo * MINUTE, more);
  return [
    delivery(4, 3, {
      state: "waiting",
      attempts: 2,
      next_attempt: iso(now + 4 * MINUTE),
      last_answer: "Answered 503.",
      sent_at: null,
    }),
    delivery(3, 61, { channel: "slack", recipient: "Slack", last_answer: "Slack took it." }),
    delivery(5, 61, {
      channel: "email",
      recipient: "r.alves@harbourdojo.example",
      last_answer: "It said: 250 2.0.0 Ok: queued as 4F2A0",
    }),
    delivery(2, 61, { attempts: 2 }),
    delivery(1, 1500, {
      event: "recording.failed",
      title: "Evening sparring",
      state: "failed",
      last_answer: "Answered 401. It said: wrong signature",
      sent_at: null,
    }),
  ];
}

export function delivery(world: World) {
  const { scenario, needCloud, findRecording } = world;
  const email = mail(world);
  const now = Date.now();
  const used = scenario === "many" || scenario === "failures";
  const address = "https://api.harbourdojo.example/hook";
  const on: ChannelsDto = {
    desktop: { ...DESKTOP, last_sent: iso(now - 61 * MINUTE) },
    slack: { ...OFF, on: true, last_sent: iso(now - 61 * MINUTE), quiet: { from: "22:30", to: "07:00", zone: "UTC" } },
    webhook: { ...OFF, on: true, address, last_error: { said: "Answered 503.", at: iso(now - 3 * MINUTE) } },
  };
  let channels: ChannelsDto = used ? on : { desktop: DESKTOP, slack: OFF, webhook: OFF };
  let deliveries = used ? told(now) : [];

  return {
    ...email.answers,
    channels_get: () => channels,
    desktop_quiet_save: ({ quiet }) => (channels = { ...channels, desktop: { ...channels.desktop, quiet } }),
    desktop_test: () => {
      channels = { ...channels, desktop: { ...channels.desktop, last_sent: iso(Date.now()), last_error: null } };
      return { accepted: true, said: "The notification service of this desktop took it." };
    },
    webhook_save: ({ address }) => {
      const isNew = channels.webhook.address === null;
      channels = { ...channels, webhook: { ...channels.webhook, on: true, address, last_error: null } };
      return { channels, secret: isNew ? SECRET : null };
    },
    webhook_secret_renew: () => SECRET,
    webhook_health: () => {
      needCloud();
      return {
        address: "https://api.harbourdojo.example/health",
        healthy: true,
        service: "cloudflare_webhooks",
        said: 'Answered 200. It said: {"status": "healthy", "service": "cloudflare_webhooks"}',
        seconds: 0.2,
      };
    },
    slack_save: ({ address }) => {
      if (!address.trim().startsWith("https://hooks.slack.com/"))
        fail(
          "invalid_input",
          "This is not the address of an incoming webhook of Slack.",
          "Copy the webhook URL from Slack: it begins with https://hooks.slack.com/services/.",
        );
      return (channels = { ...channels, slack: { ...channels.slack, on: true, last_error: null } });
    },
    channel_quiet_save: ({ channel, quiet }) => {
      if (channel === "email") {
        email.setQuiet(quiet);
        return channels;
      }
      return (channels = { ...channels, [channel]: { ...channels[channel], quiet } });
    },
    channel_remove: ({ channel }) => (channels = { ...channels, [channel]: OFF }),
    channel_test: ({ channel }) => {
      needCloud();
      const said = channel === "slack" ? "Slack took it." : "Answered 200.";
      if (channel !== "email") {
        const last_sent = iso(Date.now());
        channels = { ...channels, [channel]: { ...channels[channel], last_sent, last_error: null } };
      }
      return { accepted: true, said };
    },
    deliveries_list: () => deliveries,
    recording_replay: ({ recordingId }) => {
      const { title, status } = findRecording(recordingId);
      const event = status === "READY" ? "recording.complete" : "recording.failed";
      const one = accepted(deliveries.length + 1, Date.now(), { event, title, recording_id: recordingId });
      deliveries = [one, ...deliveries];
      return [one];
    },
    delivery_retry: ({ deliveryId }) => {
      const found = deliveries.find((row) => row.id === deliveryId);
      if (!found) return fail("not_found", `There is no delivery ${deliveryId}.`, "Look at the list again.");
      const again: DeliveryDto = { ...found, state: "waiting", attempts: 0, next_attempt: iso(Date.now()) };
      deliveries = deliveries.map((row) => (row.id === deliveryId ? again : row));
      return again;
    },
  } satisfies Partial<Answers>;
}
