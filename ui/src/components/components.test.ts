import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { describe, expect, it, vi } from "vitest";
import { barriers } from "../test/axe";
import Button from "./Button.svelte";
import Combobox from "./Combobox.svelte";
import Confirm from "./Confirm.svelte";
import Dialog from "./Dialog.svelte";
import Empty from "./Empty.svelte";
import ErrorNote from "./ErrorNote.svelte";
import Field from "./Field.svelte";
import Kbd, { spelled } from "./Kbd.svelte";
import Loading from "./Loading.svelte";
import Pill from "./Pill.svelte";
import Segmented from "./Segmented.svelte";
import Steps from "./Steps.svelte";
import Switch from "./Switch.svelte";

const text = (words: string) => createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));
const user = userEvent.setup();

describe("Button", () => {
  it("calls, names itself by its words and shows its keys to the eye only", async () => {
    const onclick = vi.fn();
    render(Button, { children: text("Save"), keys: "ctrl+shift+e", onclick, "data-testid": "save" });
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(onclick).toHaveBeenCalledTimes(1);
    expect(screen.getByTestId("save")).toHaveTextContent("Ctrl ⇧ E");
    expect(await barriers()).toEqual([]);
  });

  it("while busy says what it does, keeps the focus and does not call again", async () => {
    const onclick = vi.fn();
    const { rerender } = render(Button, { children: text("Save"), onclick });
    screen.getByRole("button").focus();
    await rerender({ busy: "Saving…" });
    const button = screen.getByRole("button", { name: "Saving…" });
    expect(button).toHaveFocus();
    expect(button).toHaveAttribute("aria-busy", "true");
    await user.click(button);
    await user.keyboard("{Enter}");
    expect(onclick).not.toHaveBeenCalled();
  });

  it("is deaf while disabled", async () => {
    const onclick = vi.fn();
    render(Button, { children: text("Save"), onclick, disabled: true });
    await user.click(screen.getByRole("button"));
    expect(onclick).not.toHaveBeenCalled();
  });
});

describe("Kbd", () => {
  it("writes keys as people do", () => {
    expect(spelled("ctrl+shift+e", false)).toBe("Ctrl ⇧ E");
    expect(spelled("ctrl+k", true)).toBe("⌘ K");
    expect(spelled("enter", false)).toBe("Enter");
    expect(spelled("ctrl++", false)).toBe("Ctrl +");
    render(Kbd, { keys: "/" });
    expect(document.querySelector("kbd")).toHaveTextContent("/");
  });
});

describe("Pill", () => {
  it("carries its tone, its words and what else it was given", () => {
    render(Pill, { tone: "fail", dot: true, children: text("Failed"), "data-testid": "p", "data-state": "alarm" });
    const pill = screen.getByTestId("p");
    expect(pill).toHaveClass("fail");
    expect(pill).toHaveAttribute("data-state", "alarm");
    expect(pill.querySelector(".dot")).toHaveAttribute("aria-hidden", "true");
  });
});

describe("Segmented", () => {
  const options = [
    { value: "all", label: "All", testid: "f-all" },
    { value: "ready", label: "Ready 3", testid: "f-ready" },
  ];
  it("is a group of radio buttons, by mouse and by arrow keys", async () => {
    const onchange = vi.fn();
    render(Segmented, { label: "Which", options, value: "all", onchange });
    expect(screen.getByRole("radiogroup", { name: "Which" })).toBeVisible();
    await user.click(screen.getByTestId("f-ready"));
    expect(onchange).toHaveBeenLastCalledWith("ready");
    expect(screen.getByRole("radio", { name: "Ready 3" })).toBeChecked();
    await user.keyboard("{ArrowLeft}");
    expect(onchange).toHaveBeenLastCalledWith("all");
    expect(screen.getByRole("radio", { name: "Ready 3" })).not.toBeChecked();
    expect(await barriers()).toEqual([]);
  });
});

describe("Switch", () => {
  it("turns on and off, by mouse and by space", async () => {
    const onchange = vi.fn();
    render(Switch, { label: "Record", checked: false, testid: "record", onchange });
    const control = screen.getByRole("switch", { name: "Record" });
    await user.click(control);
    expect(control).toBeChecked();
    await user.keyboard(" ");
    expect(control).not.toBeChecked();
    expect(onchange.mock.calls).toEqual([[true], [false]]);
    expect(await barriers()).toEqual([]);
  });
});

describe("Field", () => {
  it("ties label, hint and error to its input", async () => {
    const input = createRawSnippet(() => ({
      render: () => `<input id="t" aria-describedby="t-hint t-error" />`,
    }));
    render(Field, {
      label: "Title",
      id: "t",
      hint: "What it is called.",
      error: "A title is needed.",
      children: input,
    });
    expect(screen.getByLabelText("Title")).toHaveAccessibleDescription("What it is called. A title is needed.");
    expect(screen.getByRole("alert")).toHaveTextContent("A title is needed.");
    expect(await barriers()).toEqual([]);
  });
});

describe("Dialog", () => {
  it("is named, holds the focus, closes with Escape and says so", async () => {
    const onclose = vi.fn();
    render(Dialog, {
      open: true,
      title: "New session",
      description: "When and what.",
      children: text("Body"),
      onclose,
    });
    const dialog = await screen.findByRole("dialog", { name: "New session" });
    expect(dialog).toHaveAccessibleDescription("When and what.");
    await vi.waitFor(() => expect(dialog.contains(document.activeElement)).toBe(true));
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Escape}");
    expect(onclose).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("Confirm", () => {
  const props = { open: true, title: "End it?", description: "23 people.", confirmLabel: "End", testid: "confirm-end" };
  it("confirms with Enter right away", async () => {
    const onconfirm = vi.fn();
    render(Confirm, { ...props, onconfirm });
    const dialog = await screen.findByRole("alertdialog", { name: "End it?" });
    await vi.waitFor(() => expect(screen.getByTestId("confirm-end")).toHaveFocus());
    expect(dialog).toHaveAccessibleDescription("23 people.");
    expect(await barriers()).toEqual([]);
    await user.keyboard("{Enter}");
    expect(onconfirm).toHaveBeenCalledTimes(1);
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
  });
  it("does nothing when one goes back", async () => {
    const onconfirm = vi.fn();
    render(Confirm, { ...props, onconfirm });
    await user.click(await screen.findByRole("button", { name: "Go back" }));
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(onconfirm).not.toHaveBeenCalled();
  });
});

describe("Steps", () => {
  const words = () => screen.getAllByRole("listitem").map((item) => item.textContent?.trim());
  it("says in words where it is", async () => {
    const { rerender } = render(Steps, { done: 3, progress: 62.4 });
    expect(words()).toEqual([
      "Recorded, done",
      "Uploaded, done",
      "Handed to Stream, done",
      "Encoding, under way, 62 %",
      "Ready, to come",
    ]);
    expect(document.querySelector("[aria-current=step]")).toHaveTextContent("Encoding");
    await rerender({ done: 2, progress: null, failed: true });
    expect(words()[2]).toBe("Handed to Stream, failed");
    await rerender({ done: 5, progress: null, failed: false });
    expect(words().every((word) => word?.endsWith("done"))).toBe(true);
    expect(await barriers()).toEqual([]);
  });
});

describe("ErrorNote, Empty and Loading", () => {
  it("say what is the matter and what to do", async () => {
    const onretry = vi.fn();
    render(ErrorNote, { error: { code: "offline", message: "No network.", next: "Plug it in." }, onretry });
    expect(screen.getByRole("alert")).toHaveTextContent("No network.");
    expect(screen.getByRole("alert")).toHaveTextContent("Plug it in.");
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(onretry).toHaveBeenCalledTimes(1);
    render(Empty, { title: "Nothing here", text: "Do this." });
    expect(screen.getByRole("heading", { name: "Nothing here" })).toBeVisible();
    render(Loading, { words: "Looking…" });
    expect(screen.getByRole("status")).toHaveTextContent("Looking…");
    expect(await barriers()).toEqual([]);
  });
});

describe("Combobox", () => {
  const zones = [
    { value: "Europe/Berlin", label: "Europe/Berlin" },
    { value: "Asia/Tokyo", label: "Asia/Tokyo" },
  ];

  it("replaces what stands in it when one clicks it and types", async () => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options: zones, id: "zone" });
    const input = screen.getByRole<HTMLInputElement>("combobox");
    await user.click(input);
    expect(input.value.slice(input.selectionStart ?? 0, input.selectionEnd ?? 0)).toBe("Europe/Berlin");
    await user.keyboard("tokyo");
    expect(input).toHaveValue("tokyo");
    expect(screen.getAllByRole("option", { hidden: true }).map((option) => option.textContent)).toEqual(["Asia/Tokyo"]);
  });

  it.each([
    ["Escape", async () => user.keyboard("{Escape}")],
    ["leaving it", async () => user.tab()],
    ["a click elsewhere", async () => user.click(document.body)],
  ])("shows what is chosen again after %s", async (_how, leave) => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options: zones, id: "zone" });
    const input = screen.getByRole<HTMLInputElement>("combobox");
    await user.click(input);
    await user.keyboard("tok");
    await leave();
    await vi.waitFor(() => expect(input).toHaveValue("Europe/Berlin"));
  });

  const options = ["Europe/Berlin", "Europe/London", "Asia/Tokyo"].map((zone) => ({ value: zone, label: zone }));
  it("finds by what is typed and chooses by keys", async () => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options, id: "zone", testid: "zone" });
    const input = screen.getByRole("combobox", { name: "Time zone" });
    expect(input).toHaveValue("Europe/Berlin");
    await user.click(input);
    await user.clear(input);
    await user.type(input, "tok");
    // Nothing is laid out here, so the list counts as hidden.
    await vi.waitFor(() => expect(screen.getAllByRole("option", { hidden: true })).toHaveLength(1));
    expect(input).toHaveValue("tok");
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(input).toHaveValue("Asia/Tokyo"));
  });
  it("says when there are no results", async () => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options, id: "zone" });
    await user.type(screen.getByRole("combobox"), "xyz");
    expect(await screen.findByText(/No results/)).toBeInTheDocument();
  });
});
