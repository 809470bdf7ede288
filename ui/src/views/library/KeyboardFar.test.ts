// Keys that lead to recordings which are still to be fetched, while another one is open.
import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RecordingsPage, RecordingsQuery } from "../../ipc/client";
import { app } from "../../state/app.svelte";
import { ROW_HEIGHT } from "./List.svelte";
import Recordings from "./Recordings.svelte";
import { aRecording, fakeShell, giveHeight, held, idOf, pageOf } from "../../test/recordings";

vi.mock("./playback", async (original) => ({
  ...(await original<typeof import("./playback")>()),
  attach: () => () => {},
}));

const COUNT = 350;
const HEIGHT = 580;
const all = Array.from({ length: COUNT }, (_, n) => aRecording(n + 1));

/** jsdom does not scroll: this sets the position and dispatches the event. */
function giveScrolling() {
  const define = (name: string, value: PropertyDescriptor) =>
    Object.defineProperty(HTMLElement.prototype, name, { configurable: true, ...value });
  define("clientHeight", { get: () => HEIGHT });
  define("scrollHeight", { get: () => COUNT * ROW_HEIGHT });
  define("scrollTo", {
    value(this: HTMLElement, to: ScrollToOptions) {
      this.scrollTop = to.top ?? 0;
      this.dispatchEvent(new Event("scroll"));
    },
  });
  return () =>
    ["clientHeight", "scrollHeight", "scrollTo"].forEach((name) => Reflect.deleteProperty(HTMLElement.prototype, name));
}

const outlined = () => screen.getByRole("grid").getAttribute("aria-activedescendant");
const shown = () => screen.getByTestId("recording-detail").dataset.recordingId;
const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

beforeEach(() => {
  giveHeight(HEIGHT);
  app.selectedRecording = null;
  app.searchAsked = false;
  app.view = "recordings";
  return giveScrolling();
});

/** The list with its first recording open; every page but the first waits for its answer. */
async function openFirst() {
  const user = userEvent.setup();
  const waiting: { query: RecordingsQuery; answer: (page: RecordingsPage) => void }[] = [];
  fakeShell({
    recordings_list: ({ query }: { query: RecordingsQuery }) => {
      if (query.offset === 0) return pageOf(all, query);
      const page = held<RecordingsPage>();
      waiting.push({ query, answer: page.answer });
      return page.promise;
    },
    recording_get: ({ id }: { id: string }) => ({
      recording: all.find((row) => row.id === id),
      likely_reason: null,
      events: [],
      links: [],
      coverage: null,
    }),
    recording_play: () => ({ hls_url: "https://x/y.m3u8", poster_url: null, expires_at: "2099-01-01T00:00:00Z" }),
  });
  render(Recordings);
  await user.click((await screen.findAllByTestId("recording-row"))[0]!);
  await waitFor(() => expect(shown()).toBe(idOf(1)));
  const arrive = () => waiting.splice(0).forEach(({ query, answer }) => answer(pageOf(all, query)));
  screen.getByRole("grid").focus();
  return { user, waiting, arrive };
}

describe("a page that is not there yet", () => {
  it("the End key opens the last recording once its page of the list has loaded", async () => {
    const { user, waiting, arrive } = await openFirst();
    await user.keyboard("{End}");
    await waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    arrive();
    await waitFor(() => expect(outlined()).toBe(`recording-${idOf(COUNT)}`));
    await waitFor(() => expect(shown()).toBe(idOf(COUNT)));
    await settled();
    expect(outlined()).toBe(`recording-${idOf(COUNT)}`);
  });

  it("Page Down moves on from the row it reached, also when pressed repeatedly", async () => {
    const { user, waiting, arrive } = await openFirst();
    const page = Math.floor(HEIGHT / ROW_HEIGHT) - 1;
    for (let times = 0; times < 15; times += 1) await user.keyboard("{PageDown}");
    await waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    arrive();
    const reached = idOf(1 + 15 * page);
    await waitFor(() => expect(outlined()).toBe(`recording-${reached}`));
    await waitFor(() => expect(shown()).toBe(reached));
  });

  it("is not waited for after another search", async () => {
    const { user, waiting, arrive } = await openFirst();
    await user.keyboard("{End}");
    await waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    await user.click(screen.getByTestId("filter-ready"));
    await settled();
    arrive();
    await settled();
    expect(outlined()).toBe(`recording-${idOf(1)}`);
    expect(shown()).toBe(idOf(1));
  });
});
