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
import NumberField from "./NumberField.svelte";
import Pill from "./Pill.svelte";
import Segmented from "./Segmented.svelte";
import Switch from "./Switch.svelte";
import TextField from "./TextField.svelte";

const text = (words: string) => createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));
const user = userEvent.setup();

describe("Button", () => {
  it("calls onclick, and shows its keys without making them part of its name", async () => {
    const onclick = vi.fn();
    render(Button, { children: text("Save"), keys: "ctrl+shift+e", onclick, "data-testid": "save" });
    await user.click(screen.getByRole("button", { name: "Save" }));
    expect(onclick).toHaveBeenCalledTimes(1);
    expect(screen.getByTestId("save")).toHaveTextContent("Ctrl ⇧ E");
    expect(await barriers()).toEqual([]);
  });

  it("shows the busy text, keeps the focus and ignores presses while busy", async () => {
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

  it("ignores presses while disabled", async () => {
    const onclick = vi.fn();
    render(Button, { children: text("Save"), onclick, disabled: true });
    await user.click(screen.getByRole("button"));
    expect(onclick).not.toHaveBeenCalled();
  });
});

describe("Kbd", () => {
  it("spells keys for each platform", () => {
    expect(spelled("ctrl+shift+e", false)).toBe("Ctrl ⇧ E");
    expect(spelled("ctrl+k", true)).toBe("⌘ K");
    expect(spelled("enter", false)).toBe("Enter");
    expect(spelled("ctrl++", false)).toBe("Ctrl +");
    render(Kbd, { keys: "/" });
    expect(document.querySelector("kbd")).toHaveTextContent("/");
  });
});

describe("Pill", () => {
  it("has the class of its tone, its text and further attributes", () => {
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
  it("is a group of radio buttons for the mouse and the arrow keys", async () => {
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
  it("turns on and off by mouse and by the space bar", async () => {
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
  it("connects label, hint and error to its input", async () => {
    const input = createRawSnippet((described: () => Record<string, string>) => ({
      render: () => {
        const attributes = Object.entries(described()).map(([name, value]) => `${name}="${value}"`);
        return `<input ${attributes.join(" ")} />`;
      },
    }));
    render(Field, {
      label: "Title",
      id: "t",
      hint: "The name of the class.",
      error: "Enter a title.",
      children: input as never,
    });
    expect(screen.getByLabelText("Title")).toHaveAccessibleDescription("The name of the class. Enter a title.");
    expect(screen.getByLabelText("Title")).toBeInvalid();
    expect(screen.getByRole("alert")).toHaveTextContent("Enter a title.");
    expect(await barriers()).toEqual([]);
  });
});

describe("TextField and NumberField", () => {
  it("have a label, and a description only where there is a hint or an error", async () => {
    const { rerender } = render(TextField, { label: "Title", id: "t", value: "Judo", testid: "title" });
    expect(screen.getByLabelText("Title")).toHaveValue("Judo");
    expect(screen.getByTestId("title")).not.toHaveAttribute("aria-describedby");
    expect(screen.getByTestId("title")).toBeValid();
    await rerender({ error: "Enter a title." });
    expect(screen.getByLabelText("Title")).toHaveAccessibleDescription("Enter a title.");
    expect(screen.getByTestId("title")).toBeInvalid();
    expect(await barriers()).toEqual([]);
  });

  it("report what is typed, as text also with the type number", async () => {
    const oninput = vi.fn();
    render(TextField, { label: "Length", id: "l", type: "number", value: "60", oninput });
    await user.clear(screen.getByLabelText("Length"));
    await user.type(screen.getByLabelText("Length"), "75");
    expect(oninput).toHaveBeenCalledTimes(3);
    expect(screen.getByLabelText<HTMLInputElement>("Length").value).toBe("75");
  });

  it("accept numbers from 1 unless told otherwise", () => {
    render(NumberField, { label: "People", id: "p", value: 50, max: 1000 });
    expect(screen.getByLabelText("People")).toHaveValue(50);
    expect(screen.getByLabelText("People")).toHaveAttribute("min", "1");
    expect(screen.getByLabelText("People")).toHaveAttribute("max", "1000");
  });
});

describe("Dialog", () => {
  it("has a name, holds the focus, closes with Escape and calls onclose", async () => {
    const onclose = vi.fn();
    render(Dialog, {
      open: true,
      title: "New class",
      description: "When and what.",
      children: text("Body"),
      onclose,
    });
    const dialog = await screen.findByRole("dialog", { name: "New class" });
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
  it("has the focus on its confirm button, so that Enter confirms", async () => {
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
  it("does not confirm when “Go back” is pressed", async () => {
    const onconfirm = vi.fn();
    render(Confirm, { ...props, onconfirm });
    await user.click(await screen.findByRole("button", { name: "Go back" }));
    await vi.waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(onconfirm).not.toHaveBeenCalled();
  });
});

describe("ErrorNote, Empty and Loading", () => {
  it("show their text, and a retry button where there is one", async () => {
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

  it("selects its text on a click, so that typing replaces it", async () => {
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
  ])("shows the chosen option again after %s", async (_how, leave) => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options: zones, id: "zone" });
    const input = screen.getByRole<HTMLInputElement>("combobox");
    await user.click(input);
    await user.keyboard("tok");
    await leave();
    await vi.waitFor(() => expect(input).toHaveValue("Europe/Berlin"));
  });

  const options = ["Europe/Berlin", "Europe/London", "Asia/Tokyo"].map((zone) => ({ value: zone, label: zone }));
  it("filters by the typed text and chooses with Enter", async () => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options, id: "zone", testid: "zone" });
    const input = screen.getByRole("combobox", { name: "Time zone" });
    expect(input).toHaveValue("Europe/Berlin");
    await user.click(input);
    await user.clear(input);
    await user.type(input, "tok");
    // jsdom has no layout, so the list counts as hidden.
    await vi.waitFor(() => expect(screen.getAllByRole("option", { hidden: true })).toHaveLength(1));
    expect(input).toHaveValue("tok");
    await user.keyboard("{Enter}");
    await vi.waitFor(() => expect(input).toHaveValue("Asia/Tokyo"));
  });
  it("says that nothing matches", async () => {
    render(Combobox, { label: "Time zone", value: "Europe/Berlin", options, id: "zone" });
    await user.type(screen.getByRole("combobox"), "xyz");
    expect(await screen.findByText(/No results/)).toBeInTheDocument();
  });
});
