// Toasts above an open dialog can be pressed without closing the dialog.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { toast } from "svelte-sonner";
import { beforeEach, describe, expect, it, vi } from "vitest";
import App from "../App.svelte";
import { app } from "../state/app.svelte";
import { problem, undoable } from "../state/toasts";
import { useDesk } from "../test/desk";
import { preloadViews } from "../views";

// `user` refuses to press elements without pointer events.
const user = userEvent.setup();
/** A press far from the dialog, which has no size in jsdom. */
const press = (target: Element) =>
  user.pointer([{ target, coords: { clientX: 300, clientY: 700 }, keys: "[MouseLeft]" }, { coords: {} }]);
/** Longer than the dialogs wait before they handle a press outside. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 60));

beforeEach(() => {
  app.view = "today";
  const style = document.createElement("style");
  style.textContent = readFileSync(join(process.cwd(), "src/styles/base.css"), "utf8");
  document.head.append(style);
  return () => {
    toast.dismiss();
    style.remove();
    app.paletteOpen = false;
    app.shortcutsOpen = false;
    app.closeSessionDialog();
  };
});

async function openApp() {
  useDesk("live");
  render(App);
  await screen.findByTestId("nav-today");
}

describe.each([
  ["the form of a class", () => app.openSessionDialog(), "session-dialog"],
  ["the palette", () => (app.paletteOpen = true), "command-palette"],
  ["the list of shortcuts", () => (app.shortcutsOpen = true), "shortcuts"],
])("over %s", (what, open, testid) => {
  it("a toast can be pressed, and a press elsewhere closes the dialog", async () => {
    await openApp();
    open();
    await screen.findByTestId(testid);
    await waitFor(() => expect(document.body.style.pointerEvents).toBe("none"));
    const undo = vi.fn();
    undoable("Cancelled", `Over ${what}`, undo);
    const words = await screen.findByText(`Over ${what}`);
    const button = within(words.closest("li")!).getByTestId("toast-action");
    await press(words);
    await settled();
    expect(screen.getByTestId(testid)).toBeVisible();
    await press(button);
    await settled();
    expect(undo).toHaveBeenCalledOnce();
    expect(screen.getByTestId(testid)).toBeVisible();
    await press(document.querySelector(".dialog-veil")!);
    await waitFor(() => expect(screen.queryByTestId(testid)).toBeNull());
  });
});

it.each([
  ["list of choices", () => screen.getByTestId("field-timezone"), "listbox"],
  ["calendar", () => screen.getByRole("button", { name: "Choose the date from a calendar" }), "grid"],
])("a %s within a dialog stays open when a toast is pressed", async (what, opener, role) => {
  await openApp();
  app.openSessionDialog();
  await screen.findByTestId("session-dialog");
  await user.click(opener());
  await screen.findByRole(role, { hidden: true });
  undoable("Cancelled", `Over a ${what}`, vi.fn());
  await press(await screen.findByText(`Over a ${what}`));
  await settled();
  expect(screen.getByRole(role, { hidden: true })).toBeInTheDocument();
  expect(screen.getByTestId("session-dialog")).toBeVisible();
});

it("leads from a toast about an app that is not chosen to its card in Settings", async () => {
  await preloadViews();
  await openApp();
  problem({ code: "app_not_chosen", message: "None is chosen.", next: "Choose the app in Settings." });
  // A toast of an earlier test may still be on its way out.
  await user.click(await screen.findByText("Choose the app"));
  expect(screen.getByTestId("nav-settings")).toHaveAttribute("aria-current", "page");
  await waitFor(() => expect(app.appAsked).toBe(false));
});
