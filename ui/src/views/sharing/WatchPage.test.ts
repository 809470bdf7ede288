import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordingDto } from "../../ipc/client";
import { shownDay } from "../../lib/typed-dates";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { storeFor, useDesk, type Scenario } from "../../test/desk";
import { held } from "../../test/recordings";
import ShareDialog from "./ShareDialog.svelte";
import { passphraseWords } from "./share-words";
import WatchLinks from "./WatchLinks.svelte";

const said = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), undoable: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => said);

const NOW = new Date("2026-12-01T18:00:00Z");
const ready = storeFor("door", NOW.getTime()).recordings.find(({ status }) => status === "READY") as RecordingDto;
const user = userEvent.setup({ pointerEventsCheck: 0 });

beforeEach(() => {
  app.now = NOW;
  app.view = "recordings";
  app.joinPageAsked = false;
  said.done.mockClear();
});

/** The dialog with “Watch page” chosen. */
async function open(scenario: Scenario = "door", answers: Parameters<typeof useDesk>[1] = {}, more: object = {}) {
  const desk = useDesk(scenario, answers);
  render(ShareDialog, { recording: ready, position: 0, captions: [], open: true, ...more });
  await user.click(await screen.findByRole("radio", { name: "Watch page, until…" }));
  return desk;
}

const field = (id: string) => screen.getByTestId(id);
async function type(id: string, text: string) {
  await user.clear(field(id));
  if (text) await user.type(field(id), text);
}

describe("the watch page in the share dialog", () => {
  it("is told apart from a direct link in one sentence", async () => {
    useDesk("door");
    render(ShareDialog, { recording: ready, position: 0, captions: [], open: true });
    expect(field("share-difference")).toHaveTextContent("Plays at once in any player and ends after a day.");
    await user.click(screen.getByTestId("kind-watch"));
    expect(field("share-difference")).toHaveTextContent(
      "A short address on your own page that lasts and can be revoked by itself.",
    );
    expect(screen.queryByTestId("share-hours")).toBeNull();
    await user.click(screen.getByTestId("kind-direct"));
    expect(screen.getByTestId("share-hours")).toBeInTheDocument();
  });

  it("makes a link of 30 days by Enter in a field, copies it, and says until when it works", async () => {
    const desk = await open();
    expect(field("watch-until")).toHaveValue(shownDay("2026-12-31"));
    expect(field("watch-sentence")).toHaveTextContent("anyone who has the link, until the end of Thu 31 Dec 2026.");
    expect(await barriers()).toEqual([]);
    await user.type(field("watch-note"), "The parents{Enter}");
    expect(await screen.findByTestId("share-copied")).toBeInTheDocument();
    expect(desk.of("watch_link_make")[0]?.args).toEqual({
      recordingId: ready.id,
      form: {
        until: "2026-12-31",
        not_before: null,
        viewers: { who: "everybody" },
        passphrase: null,
        download: false,
        start_at: null,
        note: "The parents",
      },
      format: "link",
    });
    expect(field("watch-made")).toHaveTextContent("Works until Thu 31 Dec 2026.");
    expect(field("share-text")).toHaveTextContent(/\/w\//);
    expect(desk.of("link_make_as")).toHaveLength(0);
    expect(await barriers()).toEqual([]);
  });

  it("carries the day from which it works, countries, the passphrase, the download and the start", async () => {
    const desk = await open("door", {}, { position: 300.4 });
    await user.click(field("until-7"));
    await type("watch-from", "2026-12-03");
    await user.click(field("watch-only"));
    expect(screen.getByTestId("share-copy")).toBeDisabled();
    await user.click(screen.getByTestId("share-country"));
    await user.keyboard("Germ");
    await waitFor(() => expect(document.querySelectorAll("[role=option]")).toHaveLength(1));
    await user.keyboard("{Enter}");
    // Enter chose the country, and copied nothing.
    expect(desk.of("watch_link_make")).toHaveLength(0);
    await type("watch-passphrase", "correct horse");
    await user.click(field("watch-download"));
    await user.click(screen.getByLabelText("Begin at 5:00"));
    expect(field("watch-sentence")).toHaveTextContent(
      "anyone who has the link and the passphrase and is in Germany, from Thu 3 Dec 2026 until the end of Tue 8 Dec 2026.",
    );
    await user.click(screen.getByTestId("share-copy"));
    await screen.findByTestId("share-copied");
    expect(desk.of("watch_link_make")[0]?.args["form"]).toEqual({
      until: "2026-12-08",
      not_before: "2026-12-02T23:00:00.000Z",
      viewers: { who: "only_countries", codes: ["DE"] },
      passphrase: "correct horse",
      download: true,
      start_at: 300,
      note: "",
    });
  });

  it.each([
    ["watch-until", "yesterday or so", "Type a day"],
    ["watch-until", "2026-11-30", "That day is over."],
    ["watch-until", "2029-01-01", "A watch link works for two years at most."],
    ["watch-from", "2027-02-01", "The link ends before that day."],
    ["watch-passphrase", "short", "Type at least 8 characters"],
  ])("refuses what cannot work beside its field: %s %s", async (id, text, words) => {
    await open();
    await type(id, text);
    expect(await screen.findByText(new RegExp(words))).toHaveAttribute("role", "alert");
    expect(screen.getByTestId("share-copy")).toBeDisabled();
    await fireEvent.keyDown(field(id), { key: "Enter" });
    expect(screen.queryByTestId("share-verified")).toBeNull();
  });

  it("ends no later than the video, and says so", async () => {
    await open("door", {}, { recording: { ...ready, deleted_on: "2026-12-11T12:00:00Z" } });
    expect(field("watch-until")).toHaveValue(shownDay("2026-12-11"));
    expect(screen.getByRole("button", { name: "Until it is deleted" })).toHaveAttribute("aria-pressed", "true");
    expect(screen.queryByTestId("until-30")).toBeNull();
    await type("watch-until", "2026-12-20");
    expect(await screen.findByText(/The video is deleted on Fri 11 Dec 2026/)).toBeInTheDocument();
  });

  it("shows the passphrase on request, and judges it by its length alone", async () => {
    await open();
    expect(screen.queryByTestId("watch-passphrase-show")).toBeNull();
    await type("watch-passphrase", "12345678");
    expect(field("watch-passphrase")).toHaveAttribute("type", "password");
    await user.click(field("watch-passphrase-show"));
    expect(field("watch-passphrase")).toHaveAttribute("type", "text");
    expect(passphraseWords("")).toMatch(/^Empty/);
    expect(passphraseWords("1234567")).toMatch(/^7 of 8 characters/);
    expect(passphraseWords("12345678")).toMatch(/^Short/);
    expect(passphraseWords("123456789012")).toMatch(/^Good length/);
    expect(passphraseWords("12345678901234567890")).toMatch(/^Very good length/);
  });

  it("leads to the join page where there is no door, and can make nothing there", async () => {
    const desk = await open("live");
    expect(await screen.findByTestId("share-doorless")).toHaveTextContent("A direct link works for 24 hours.");
    expect(screen.getByTestId("share-copy")).toBeDisabled();
    expect(screen.queryByTestId("watch-until")).toBeNull();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("share-publish"));
    expect(app.view).toBe("settings");
    expect(app.joinPageAsked).toBe(true);
    expect(desk.of("watch_link_make")).toHaveLength(0);
  });

  it("drops a link whose choices were changed while it was made, and shows a refusal", async () => {
    const answer = held<unknown>();
    const desk = await open("door", { watch_link_make: () => answer.promise });
    await user.click(screen.getByTestId("share-copy"));
    await user.click(field("watch-download"));
    delete desk.answers["watch_link_make"];
    answer.answer(
      await desk.mock.invoke("watch_link_make", {
        recordingId: ready.id,
        form: { until: null, note: "", download: false, passphrase: null },
        format: "link",
      }),
    );
    await waitFor(() => expect(screen.getByTestId("share-copy")).not.toHaveAttribute("aria-busy"));
    expect(screen.queryByTestId("share-text")).toBeNull();
    desk.answers["watch_link_make"] = () => {
      throw { code: "keyring_missing", message: "There is no keyring.", next: "Make a direct link." };
    };
    await user.click(screen.getByTestId("share-copy"));
    expect(await screen.findByTestId("share-dialog-error")).toHaveTextContent("There is no keyring.");
  });
});

describe("the watch links of a recording", () => {
  const rows = () => screen.queryAllByTestId("watch-link");
  const show = (answers: Parameters<typeof useDesk>[1] = {}) => {
    const desk = useDesk("door", answers);
    render(WatchLinks, { recordingId: ready.id });
    return desk;
  };

  it("say until when they work, how often they were watched, and where", async () => {
    const desk = show();
    await waitFor(() => expect(rows()).toHaveLength(3));
    const watched = rows().find((row) => /Works until/.test(row.textContent ?? "")) as HTMLElement;
    expect(watched).toHaveTextContent("with a passphrase · for the parents of the kids class");
    const plays = within(watched).getByRole("button", { name: "watched twice, last Tue 20:14" });
    expect(plays).toHaveAttribute("aria-expanded", "false");
    await user.click(plays);
    const list = await screen.findByTestId("watch-plays");
    expect(list).toHaveTextContent(/, Germany/);
    expect(list).toHaveTextContent(/, country unknown/);
    expect(desk.of("watch_link_plays")).toHaveLength(1);
    expect(await barriers()).toEqual([]);
    await user.click(plays);
    expect(screen.queryByTestId("watch-plays")).toBeNull();
    expect(screen.getByText("waits for the door")).toBeInTheDocument();
    // Nothing more can be done with one that was revoked.
    const over = rows().find((row) => row.dataset["state"] === "revoked") as HTMLElement;
    expect(within(over).queryByRole("button")).toBeNull();
  });

  it("are copied again, with the same address", async () => {
    const desk = show();
    await user.click((await screen.findAllByTestId("watch-link-copy"))[0] as HTMLElement);
    await waitFor(() => expect(said.done).toHaveBeenCalledWith("Watch link copied", expect.any(String)));
    desk.answers["watch_link_copy"] = () => false;
    await user.click(screen.getAllByTestId("watch-link-copy")[0] as HTMLElement);
    expect(await screen.findByTestId("watch-links-action-error")).toHaveTextContent("The clipboard did not take");
  });

  it("are revoked one by one, after a question", async () => {
    const desk = show();
    await user.click((await screen.findAllByTestId("watch-link-more"))[0] as HTMLElement);
    await user.click(await screen.findByTestId("watch-link-revoke"));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("All other links work on.");
    await waitFor(() => expect(screen.getByTestId("watch-revoke-confirm-cancel")).toHaveFocus());
    expect(desk.of("watch_link_revoke")).toHaveLength(0);
    await user.click(screen.getByTestId("watch-revoke-confirm"));
    await waitFor(() => expect(rows().filter((row) => row.dataset["state"] === "revoked")).toHaveLength(2));
    expect(said.done).toHaveBeenCalledWith("Watch link revoked", expect.stringContaining("at once for new viewers"));
  });
});
