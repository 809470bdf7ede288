// Every view with right-to-left names, which must keep their own direction and not reverse the sentence around them.
import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { toast } from "svelte-sonner";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import App from "./App.svelte";
import { setTransport } from "./ipc/client";
import { createMock } from "./ipc/mock";
import { partsOf } from "./lib/names";
import { app } from "./state/app.svelte";
import { done, problem, undoable } from "./state/toasts";
import type { Scenario } from "./test/desk";
import { inArabic, namesWithoutDirection } from "./test/names";
import { giveHeight } from "./test/recordings";
import { preloadViews, type View } from "./views";

const user = userEvent.setup();
const TITLE = "مبادئ الكاراتيه";

function open(scenario: Scenario, view: View) {
  const mock = createMock(scenario, 600_000);
  setTransport({
    ...mock,
    invoke: async (command, args) => inArabic(await mock.invoke(command, args)),
  });
  giveHeight();
  app.view = view;
  render(App);
}

beforeAll(preloadViews);
// Toasts stay after the page was unmounted.
afterEach(() => void toast.dismiss());
beforeEach(() => {
  app.selectedRecording = null;
  app.paletteOpen = false;
  app.shortcutsOpen = false;
  app.closeSessionDialog();
});

const VIEWS: [Scenario, View, string][] = [
  ["live", "today", "live-card"],
  ["failures", "today", "on-its-way"],
  ["live", "schedule", "schedule-event"],
  ["failures", "recordings", "recordings-list"],
  ["live", "links", "link-row"],
  ["failures", "health", "figure-success"],
  ["failures", "storage", "storage-waiting"],
  ["live", "settings", "account-app"],
  ["apps", "settings", "other-apps"],
];

it.each(VIEWS)("right-to-left names keep their direction in the scenario %s, view %s", async (scenario, view, sign) => {
  open(scenario, view);
  await waitFor(() => expect(screen.getAllByTestId(sign).length).toBeGreaterThan(0));
  await waitFor(() => expect(document.body.textContent).toContain(TITLE));
  expect(namesWithoutDirection()).toEqual([]);
});

it.each(["ready", "failed", "processing"] as const)(
  "right-to-left names keep their direction in an open %s recording",
  async (filter) => {
    open("failures", "recordings");
    await user.click(await screen.findByTestId(`filter-${filter}`));
    await user.click((await screen.findAllByTestId("recording-row"))[0]!);
    await screen.findByTestId("recording-detail");
    expect(namesWithoutDirection()).toEqual([]);
  },
);

it("right-to-left names keep their direction in the attach dialog", async () => {
  open("failures", "recordings");
  await user.click(await screen.findByTestId("filter-failed"));
  await user.click((await screen.findAllByTestId("recording-row"))[0]!);
  await user.click(await screen.findByTestId("attach-another"));
  await screen.findByTestId("attach-dialog");
  await waitFor(() => expect(screen.queryAllByTestId("attach-candidate").length).toBeGreaterThan(0));
  expect(namesWithoutDirection()).toEqual([]);
});

it("right-to-left names keep their direction in the session form", async () => {
  open("live", "today");
  await user.click((await screen.findAllByTestId("edit-session"))[0]!);
  await waitFor(() => expect(screen.getByTestId("field-title")).toHaveValue(TITLE));
  expect(namesWithoutDirection()).toEqual([]);
});

it("right-to-left names keep their direction in the question before a session ends", async () => {
  open("live", "today");
  await user.click(await screen.findByTestId("end-session"));
  await screen.findByTestId("confirm-end");
  expect(namesWithoutDirection()).toEqual([]);
});

it("right-to-left names keep their direction in the results of the palette", async () => {
  open("live", "today");
  await screen.findByTestId("live-card");
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByTestId("palette-input"), "الكاراتيه");
  await screen.findAllByTestId("palette-session");
  expect(namesWithoutDirection()).toEqual([]);
});

it("right-to-left names keep their direction in toasts", async () => {
  open("empty", "today");
  await screen.findByTestId("view-today");
  done("Link copied", TITLE);
  undoable("Taken off the list", TITLE, () => {});
  problem({ code: "internal", message: `“${TITLE}” is not ready yet.`, next: "Wait." });
  await waitFor(() => expect(screen.getAllByTestId("toast")).toHaveLength(3));
  expect(namesWithoutDirection()).toEqual([]);
});

it("partsOf splits a sentence at the names in quotation marks", () => {
  const names = (sentence: string) => partsOf(sentence).filter((part) => part.name);
  expect(partsOf(`“${TITLE}” is live.`).map((part) => part.text)).toEqual(["“", TITLE, "” is live."]);
  expect(names("“One” and “Two”").map((part) => part.text)).toEqual(["One", "Two"]);
  expect(names("No name “here.")).toEqual([]);
  expect(partsOf("")).toEqual([]);
});
