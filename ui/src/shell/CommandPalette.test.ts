// The results of the palette while a search is running.
import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import type { RecordingsQuery } from "../ipc/client";
import { app } from "../state/app.svelte";
import { session, useDesk } from "../test/desk";
import { aRecording, pageOf } from "../test/recordings";
import { preloadViews } from "../views";

const user = userEvent.setup();
const all = [aRecording(1, { title: "Tomiki basics" }), aRecording(2, { title: "Todai open mat" })];

beforeAll(preloadViews);
beforeEach(() => {
  app.view = "links";
  app.selectedRecording = null;
  return () => (app.paletteOpen = false);
});

/** Opens the palette and searches for "to", which is answered; later searches are never answered. */
async function openWithTo() {
  useDesk("empty", {
    sessions_list: () => [session(2, Date.now() + 3_600_000, { title: "Tonfa" })],
    recordings_list: (args) => {
      const query = args.query as RecordingsQuery;
      return query.search === "to" ? pageOf(all, query) : new Promise(() => {});
    },
  });
  render(App);
  await screen.findByTestId("nav-today");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByTestId("palette-input"), "to");
  expect(await screen.findAllByTestId("palette-recording")).toHaveLength(2);
  expect(screen.getAllByTestId("palette-session")).toHaveLength(1);
}

describe("before the next answer of a search", () => {
  it("old results that no longer match are left out, and Enter runs the first one that does", async () => {
    await openWithTo();
    await user.keyboard("day");
    expect(screen.queryByTestId("palette-recording")).toBeNull();
    expect(screen.queryByTestId("palette-session")).toBeNull();
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.view).toBe("today"));
    expect(app.selectedRecording).toBeNull();
  });

  it("old results that still match stay", async () => {
    await openWithTo();
    await user.keyboard("m");
    expect(screen.getByTestId("palette-recording")).toHaveTextContent("Tomiki basics");
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(app.selectedRecording).toBe(all[0]!.id));
  });

  it("nothing is offered after the text was cleared, and “No results” is not shown too early", async () => {
    await openWithTo();
    await user.keyboard("xyz");
    expect(screen.queryByTestId("palette-recording")).toBeNull();
    expect(screen.queryByText("No results.")).toBeNull();
    await user.clear(screen.getByTestId("palette-input"));
    expect(screen.queryByTestId("palette-recording")).toBeNull();
  });
});
