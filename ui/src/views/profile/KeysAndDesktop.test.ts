import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import type { GlobalKeysDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { useDesk } from "../../test/desk";
import KeysAndDesktop from "./KeysAndDesktop.svelte";

const user = userEvent.setup();
const show = () => screen.getByTestId("key-record-show");
const press = (key: string, code: string, held: KeyboardEventInit = { ctrlKey: true, altKey: true }) =>
  fireEvent.keyDown(show(), { key, code, ...held });

describe("keys that work in every program", () => {
  it("are off until they are pressed, and are switched off again by keyboard", async () => {
    const desk = useDesk("live");
    render(KeysAndDesktop);
    expect(await screen.findByTestId("key-state-show")).toHaveTextContent("Off");
    expect(await barriers()).toEqual([]);
    show().focus();
    await user.keyboard("{Enter}");
    expect(show()).toHaveTextContent("Press the keys, Esc to leave");
    await press("Alt", "AltLeft");
    expect(show()).toHaveTextContent("Ctrl + Alt + …");
    await press("j", "KeyJ");
    await waitFor(() => expect(screen.getByTestId("key-keys-show")).toHaveTextContent("Ctrl + Alt + J"));
    expect(screen.getByTestId("key-state-show")).toHaveTextContent("Registered.");
    expect(desk.of("global_keys_save")[0]?.args).toEqual({
      input: { show: "Ctrl+Alt+J", start_or_end: null, copy_link: null },
    });
    expect(await barriers()).toEqual([]);
    await user.tab();
    expect(screen.getByTestId("key-off-show")).toHaveFocus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByTestId("key-off-show")).toBeNull());
    await waitFor(() => expect(show()).toHaveFocus());
  });

  it("do nothing while they are chosen, and are given back when that ends", async () => {
    const desk = useDesk("live");
    const { unmount } = render(KeysAndDesktop);
    await screen.findByTestId("key-state-show");
    const paused = () => desk.of("global_keys_pause").map((call) => (call.args as { paused: boolean }).paused);
    await user.click(show());
    await waitFor(() => expect(paused()).toEqual([true]));
    await press("Control", "ControlLeft", { ctrlKey: true });
    expect(show()).toHaveTextContent("Ctrl + …");
    await fireEvent.keyUp(show(), { key: "Control", code: "ControlLeft", ctrlKey: true });
    expect(show()).toHaveTextContent("Press the keys, Esc to leave");
    await press("Escape", "Escape", {});
    await waitFor(() => expect(paused()).toEqual([true, false]));
    await user.click(show());
    show().blur();
    await waitFor(() => expect(paused()).toEqual([true, false, true, false]));
    await user.click(show());
    unmount();
    await waitFor(() => expect(paused()).toEqual([true, false, true, false, true, false]));
  });

  it("reach no other shortcut while they are pressed, and Esc leaves everything as it was", async () => {
    const desk = useDesk("live");
    render(KeysAndDesktop);
    await screen.findByTestId("key-state-show");
    await user.click(show());
    let heard = 0;
    const hear = () => (heard += 1);
    window.addEventListener("keydown", hear);
    await press("Escape", "Escape", {});
    window.removeEventListener("keydown", hear);
    expect(heard).toBe(0);
    expect(show()).toHaveTextContent("Choose keys");
    expect(desk.of("global_keys_save")).toHaveLength(0);
  });

  it("say why they are refused: by the name of the other action, another program, or what is missing", async () => {
    useDesk("live");
    render(KeysAndDesktop);
    await screen.findByTestId("key-state-show");
    await user.click(show());
    await press("j", "KeyJ");
    await screen.findByTestId("key-keys-show");
    const link = screen.getByTestId("key-record-copy_link");
    await user.click(link);
    await fireEvent.keyDown(link, { key: "j", code: "KeyJ", ctrlKey: true, altKey: true });
    await waitFor(() =>
      expect(screen.getByTestId("key-state-copy_link")).toHaveTextContent("Ctrl+Alt+J already means “Show Hajime”."),
    );
    await user.click(show());
    await press("t", "KeyT");
    await waitFor(() =>
      expect(screen.getByTestId("key-state-show")).toHaveTextContent("Another program already uses Ctrl+Alt+T."),
    );
    await user.click(show());
    await press("h", "KeyH", {});
    await waitFor(() =>
      expect(screen.getByTestId("key-state-show")).toHaveTextContent("Hold two of Ctrl, Alt and Super"),
    );
    await user.click(show());
    await press("c", "KeyC", { ctrlKey: true });
    await waitFor(() =>
      expect(screen.getByTestId("key-state-show")).toHaveTextContent("Other programs use Ctrl+C themselves"),
    );
  });

  it("cannot be chosen where the desktop gives none, and say what the portal assigned", async () => {
    const key = { action: "show", words: "Show Hajime", keys: "Ctrl+Alt+J", message: null, next: null } as const;
    let now: GlobalKeysDto = { means: "portal", keys: [{ ...key, state: "on", assigned: "Meta+J" }] };
    const desk = useDesk("live", { global_keys_get: () => now });
    render(KeysAndDesktop);
    expect(await screen.findByText(/The desktop says: Meta\+J/)).toBeVisible();
    expect(screen.getByText(/This desktop asks you first/)).toBeVisible();
    now = { means: "none", keys: [{ ...key, keys: null, state: "off", assigned: null }] };
    desk.emit("changed", { topics: ["desk"] });
    await waitFor(() => expect(show()).toBeDisabled());
  });
});

describe("what the desktop can do", () => {
  it("is said for each ability, with what can be done about a missing one", async () => {
    const missing = {
      name: "panel",
      works: false,
      message: "No panel of this desktop shows icons.",
      next: "Hajime works without it.",
    };
    useDesk("live", { desktop_abilities: () => [missing] });
    render(KeysAndDesktop);
    const row = await screen.findByTestId("ability-panel");
    expect(row).toHaveTextContent("Missing:");
    expect(row).toHaveTextContent("Icon in the panel");
    expect(row).toHaveTextContent("No panel of this desktop shows icons. Hajime works without it.");
    expect(await barriers()).toEqual([]);
  });
});
