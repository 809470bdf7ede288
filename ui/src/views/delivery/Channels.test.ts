import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { DeliveryDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { recording, useDesk } from "../../test/desk";
import Channels from "./Channels.svelte";
import Replay from "./Replay.svelte";
import { answered, sentAgain } from "./words";

const SLACK = "https://hooks.slack.com/services/T000/B000/s3cret";

describe("Channels", () => {
  it("turns Slack on, never shows its address again, and shows the real answer to a test", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    render(Channels);
    const address = await screen.findByTestId("slack-address");
    expect(address).toHaveAttribute("type", "password");
    await user.type(address, SLACK);
    await user.click(screen.getByTestId("slack-save"));
    expect(desk.of("slack_save")).toMatchObject([{ args: { address: SLACK } }]);
    await user.click(await screen.findByTestId("slack-test"));
    expect(await screen.findByTestId("slack-answer")).toHaveTextContent("Accepted. Slack took it.");
    expect(screen.queryByTestId("slack-address")).toBeNull();
    expect(document.body.innerHTML).not.toContain("s3cret");
    expect(await barriers()).toEqual([]);
  });

  it("says at the field what is wrong with an address of Slack", async () => {
    const user = userEvent.setup();
    const error = {
      code: "invalid_input",
      message: "This is not an address.",
      next: "Copy it from Slack.",
      fields: [{ field: "slack_address", message: "This is not an address.", next: "Copy it from Slack." }],
    };
    useDesk("live", {
      slack_save: () => {
        throw error;
      },
    });
    render(Channels);
    await user.type(await screen.findByTestId("slack-address"), "x");
    await user.click(screen.getByTestId("slack-save"));
    await waitFor(() => expect(screen.getByTestId("slack-address")).toHaveAttribute("aria-invalid", "true"));
    expect(screen.queryByTestId("slack-error")).toBeNull();
  });

  it("shows the secret of the webhook once", async () => {
    const user = userEvent.setup();
    useDesk("live");
    render(Channels);
    await user.type(await screen.findByTestId("webhook-address"), "https://api.example.org/hook");
    await user.click(screen.getByTestId("webhook-save"));
    const secret = await screen.findByTestId("webhook-secret");
    expect((secret as HTMLInputElement).value).toMatch(/^whsec_/);
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("webhook-secret-done"));
    await waitFor(() => expect(screen.queryByTestId("webhook-secret")).toBeNull());
    expect(document.body.innerHTML).not.toContain("whsec_");
  });

  it("asks before it makes a new secret, and checks the health of the receiver", async () => {
    const user = userEvent.setup();
    const desk = useDesk("many");
    render(Channels);
    await user.click(await screen.findByTestId("webhook-health"));
    expect(await screen.findByTestId("webhook-health-answer")).toHaveTextContent(/^Healthy, 0.2 s, asked at/);
    await user.click(screen.getByTestId("webhook-renew"));
    expect(desk.of("webhook_secret_renew")).toEqual([]);
    await user.click(await screen.findByTestId("webhook-renew-confirm"));
    expect(await screen.findByTestId("webhook-secret")).toBeInTheDocument();
  });

  it("shows a test on this desktop and why none was shown, and saves its quiet hours", async () => {
    const user = userEvent.setup();
    const desk = useDesk("live");
    render(Channels);
    await user.click(await screen.findByTestId("desktop-test"));
    expect(await screen.findByTestId("desktop-answer")).toHaveTextContent("Accepted. The notification service");
    desk.answers.desktop_test = () => ({ accepted: false, said: "This desktop did not show it: no service." });
    await user.click(screen.getByTestId("desktop-test"));
    await waitFor(() => expect(screen.getByTestId("desktop-answer")).toHaveTextContent("Not accepted. This desktop"));
    await user.click(screen.getByTestId("desktop-quiet"));
    await user.click(screen.getByTestId("desktop-quiet-save"));
    await waitFor(() => expect(desk.of("desktop_quiet_save")).toHaveLength(1));
    expect(desk.of("desktop_quiet_save")).toMatchObject([{ args: { quiet: { from: "22:30", to: "07:00" } } }]);
    expect(await barriers()).toEqual([]);
  });

  it("saves quiet hours in the zone of the viewer", async () => {
    const user = userEvent.setup();
    const desk = useDesk("many");
    render(Channels);
    await user.click(await screen.findByTestId("webhook-quiet"));
    const from = screen.getByTestId("webhook-quiet-from");
    await user.clear(from);
    await user.type(from, "21:00");
    await user.click(screen.getByTestId("webhook-quiet-save"));
    expect(desk.of("channel_quiet_save")).toMatchObject([
      { args: { channel: "webhook", quiet: { from: "21:00", to: "07:00" } } },
    ]);
  });

  it("lists deliveries with their answers and sends one again", async () => {
    const user = userEvent.setup();
    const desk = useDesk("many");
    render(Channels);
    const rows = await screen.findAllByTestId("delivery");
    expect(rows).toHaveLength(5);
    expect(rows[0]).toHaveTextContent(/Ready: Karate fundamentals Webhook, api.harbourdojo.example.*2 attempts, next/);
    expect(rows[2]).toHaveTextContent(
      /E-mail, r.alves@harbourdojo.example, .*Accepted by the mail server. It said: 250 2.0.0 Ok/,
    );
    expect(rows[4]).toHaveTextContent("Answered 401. It said: wrong signature");
    await user.click(screen.getByRole("button", { name: "Send again: Failed: Evening sparring" }));
    expect(desk.of("delivery_retry")).toMatchObject([{ args: { deliveryId: 1 } }]);
    await waitFor(() => expect(screen.getAllByTestId("delivery")[4]).toHaveAttribute("data-state", "waiting"));
    expect(await barriers()).toEqual([]);
  });
});

describe("an e-mail that was accepted", () => {
  it("is sent again only after a question", async () => {
    const user = userEvent.setup();
    const desk = useDesk("many");
    render(Channels);
    const letter = (await screen.findAllByTestId("delivery"))[2]!;
    const again = within(letter).getByTestId("delivery-again");
    await user.click(again);
    expect(await screen.findByRole("alertdialog")).toHaveTextContent(
      "accepted the e-mail to r.alves@harbourdojo.example",
    );
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(desk.of("delivery_retry")).toEqual([]);
    await user.click(again);
    await user.click(within(await screen.findByRole("alertdialog")).getByRole("button", { name: "Send again" }));
    await waitFor(() => expect(desk.of("delivery_retry")).toHaveLength(1));
  });
});

describe("the words about an e-mail", () => {
  const mail: DeliveryDto = {
    id: 1,
    event_id: "e",
    event: "recording.complete",
    channel: "email",
    recipient: "ann@example.org",
    recording_id: "r",
    title: "Karate",
    state: "accepted",
    attempts: 1,
    next_attempt: null,
    last_answer: null,
    created_at: "2026-12-01T18:00:00Z",
    sent_at: "2026-12-01T18:00:00Z",
  };

  it("never say that it was delivered", () => {
    expect(answered(mail)).toBe("Accepted by the mail server.");
    expect(answered({ ...mail, state: "failed", last_answer: "It said: 550" })).toBe("It said: 550");
    expect(answered({ ...mail, channel: "slack" })).toBe("");
    expect(sentAgain(mail)).toBe("To ann@example.org.");
    expect(sentAgain({ ...mail, channel: "webhook" })).toBe("With the id that the event had.");
  });
});

describe("Replay", () => {
  it("tells what became of a recording again, while a channel is on", async () => {
    const user = userEvent.setup();
    const ready = recording(1, Date.now());
    const desk = useDesk("many", { recording_replay: () => [] });
    render(Replay, { recording: ready });
    await user.click(await screen.findByTestId("recording-replay"));
    expect(desk.of("recording_replay")).toMatchObject([{ args: { recordingId: ready.id } }]);
  });

  it("is offered while only e-mail is on", async () => {
    const on = { on: true, quiet: null, last_sent: null, last_error: null };
    const off = { ...on, on: false };
    useDesk("live", { channels_get: () => ({ webhook: off, slack: off }), mail_get: () => ({ channel: on }) });
    render(Replay, { recording: recording(1, Date.now()) });
    await screen.findByTestId("recording-replay");
    expect(screen.getByText(/Nobody gets a second one/)).toBeVisible();
    expect(screen.queryByText(/Slack/)).toBeNull();
  });

  it("offers nothing while no channel is on", async () => {
    const desk = useDesk("live");
    render(Replay, { recording: recording(1, Date.now()) });
    await waitFor(() => expect(desk.of("channels_get")).toHaveLength(1));
    expect(screen.queryByTestId("recording-replay")).toBeNull();
  });
});
