import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DoorStatusDto } from "../../ipc/client";
import { noDoor, openDoor } from "../../ipc/mock/door";
import { app } from "../../state/app.svelte";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import AccountForms from "./AccountForms.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn(), note: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

const NOW = new Date("2026-12-01T18:00:00Z");
const user = userEvent.setup({ pointerEventsCheck: 0 });
const open = openDoor(NOW.getTime(), "1.8.0");

/** The card of the join page, with a door in this state. */
function show(door: Partial<DoorStatusDto> = {}, answers: Parameters<typeof useDesk>[1] = {}) {
  const desk = useDesk("door", { door_status: () => ({ ...open, ...door }), ...answers });
  render(AccountForms);
  return desk;
}

beforeEach(() => {
  app.now = NOW;
  Object.values(toasts).forEach((toast) => toast.mockReset());
});

describe("the door of the join page", () => {
  it("says its version, when it answered, its size and what the free plan allows", async () => {
    show();
    await waitFor(() => expect(screen.getByTestId("door-state")).toHaveTextContent("open"));
    expect(screen.getByTestId("door-version")).toHaveTextContent("Hajime 1.8.0");
    expect(screen.getByTestId("door-answered")).toHaveTextContent("18:59");
    expect(screen.getByTestId("door-size")).toHaveTextContent("1.2 MB of 500 MB (0.2 %)");
    expect(screen.getByTestId("door-links")).toHaveTextContent("12 class links, 3 watch links");
    await user.click(screen.getByText("Limits of Cloudflare’s free plan"));
    expect(screen.getByText(/opens again at midnight UTC\. Direct links/)).toBeVisible();
    expect(screen.queryByTestId("door-troubles")).toBeNull();
    expect(screen.queryByTestId("door-token-field")).toBeNull();
    expect(await barriers(screen.getByTestId("door"))).toEqual([]);
  });

  it("shows the trouble of the last exchange and what went wrong at the door", async () => {
    show({
      state: "other_app",
      sentence: "The door leads to another RealtimeKit app. Publish the page again.",
      trouble: "Cloudflare did not answer.",
      troubles: [{ sentence: "RealtimeKit refused the token of the door.", at: "2026-12-01T17:00:00Z", times: 4 }],
    });
    await waitFor(() => expect(screen.getByTestId("door-state")).toHaveTextContent("leads to another app"));
    expect(screen.getByTestId("door-exchange")).toHaveTextContent("Cloudflare did not answer.");
    expect(screen.getByTestId("door-troubles")).toHaveTextContent(
      /refused the token of the door\.\s*4 times, last 18:00/,
    );
  });

  it("is not asked about before a page is published, and only said to be missing where the page has none", async () => {
    const desk = useDesk("live");
    const { unmount } = render(AccountForms);
    await screen.findByTestId("site-name");
    expect(screen.queryByTestId("door")).toBeNull();
    expect(desk.of("door_status")).toHaveLength(0);
    unmount();
    show({ ...noDoor, sentence: "The page has no door: the API token lacks “D1: Edit”." });
    await waitFor(() => expect(screen.getByTestId("door-sentence")).toHaveTextContent("lacks “D1: Edit”"));
    expect(screen.queryByTestId("door-rotate")).toBeNull();
    expect(screen.queryByTestId("door-remove")).toBeNull();
  });

  it("gets new keys after a question", async () => {
    const desk = show();
    await user.click(await screen.findByTestId("door-rotate"));
    expect(await screen.findByRole("alertdialog")).toHaveTextContent("Links work on.");
    expect(desk.of("door_rotate")).toHaveLength(0);
    await user.click(screen.getByTestId("door-rotate-confirm"));
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("Keys of the door rotated", expect.any(String)));
    expect(desk.of("door_status").length).toBeGreaterThan(1);
  });

  it("says why the keys were not rotated", async () => {
    show(
      {},
      {
        door_rotate: () => {
          throw { code: "offline", message: "Cloudflare cannot be reached.", next: "Press Rotate keys again." };
        },
      },
    );
    await user.click(await screen.findByTestId("door-rotate"));
    await user.click(await screen.findByTestId("door-rotate-confirm"));
    expect(await screen.findByTestId("door-action-error")).toHaveTextContent("Press Rotate keys again.");
    expect(toasts.done).not.toHaveBeenCalled();
  });

  it("ends every play at once, after a question that Enter answers with no", async () => {
    const desk = show();
    await user.click(await screen.findByTestId("door-more"));
    await user.click(await screen.findByTestId("door-end-plays"));
    await waitFor(() => expect(screen.getByTestId("door-end-plays-confirm-cancel")).toHaveFocus());
    await user.click(screen.getByTestId("door-end-plays-confirm"));
    await waitFor(() => expect(desk.of("door_end_plays")).toHaveLength(1));
  });

  it("is taken down only when the words are typed, with the number of links that die", async () => {
    const desk = show({ class_links: 1, watch_links: 38 });
    await user.click(await screen.findByTestId("door-remove"));
    const dialog = await screen.findByTestId("take-down-dialog");
    expect(dialog).toHaveTextContent("1 class link dies");
    expect(dialog).toHaveTextContent("38 watch links die");
    expect(screen.getByTestId("take-down-go")).toBeDisabled();
    expect(await barriers()).toEqual([]);
    await user.type(screen.getByTestId("take-down-typed"), "take{Enter}");
    expect(desk.of("door_remove")).toHaveLength(0);
    await user.type(screen.getByTestId("take-down-typed"), " down{Enter}");
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("Door taken down", expect.any(String)));
    expect(desk.of("door_remove")).toHaveLength(1);
  });

  it("takes a token from a person where the app may make none, and forgets what was typed", async () => {
    const token: { now: DoorStatusDto["token"] } = { now: "missing" };
    const desk = show({}, { door_status: () => ({ ...open, token: token.now }) });
    const field = await screen.findByTestId("door-token-field");
    expect(field).toHaveAttribute("type", "password");
    await user.type(field, "short{Enter}");
    await waitFor(() => expect(field).toHaveAttribute("aria-invalid", "true"));
    expect(field).toHaveValue("short");
    expect(screen.queryByTestId("door-token-error")).toBeNull();
    await user.clear(field);
    token.now = "pasted";
    await user.type(field, " a-token-of-realtimekit {Enter}");
    await waitFor(() => expect(toasts.done).toHaveBeenCalledWith("The token works", expect.any(String)));
    expect(desk.of("door_token_paste").at(-1)?.args).toEqual({ token: "a-token-of-realtimekit" });
    await waitFor(() => expect(screen.queryByTestId("door-token-field")).toBeNull());
    expect(screen.getByTestId("door-token-state")).toHaveTextContent("Pasted by a person");
  });

  it("is named as missing right after a publication without it", async () => {
    const why = "The API token lacks the permission “D1: Edit”, by which class links and watch links are kept.";
    useDesk("live", {
      join_page_publish: () => ({
        address: "https://x.example/",
        files: 9,
        uploaded: 9,
        door: "without",
        door_sentence: why,
      }),
    });
    render(AccountForms);
    await screen.findByTestId("site-name");
    await user.click(screen.getByTestId("publish-join-page"));
    await waitFor(() => expect(toasts.note).toHaveBeenCalledWith("The page has no door", why));
  });
});
