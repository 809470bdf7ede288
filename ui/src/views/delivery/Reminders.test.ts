import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { RemindersDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { fakeShell } from "../../test/recordings";
import Reminders from "./Reminders.svelte";

vi.mock("../../state/toasts", () => ({ done: vi.fn(), problem: vi.fn() }));

const usual: RemindersDto = { before_minutes: 10, at_start: true, late_minutes: 5 };

function shellWith(more: Parameters<typeof fakeShell>[0] = {}) {
  let wanted = usual;
  return fakeShell({
    reminders_get: () => wanted,
    reminders_save: ({ input }: { input: RemindersDto }) => (wanted = input),
    ...more,
  });
}

describe("reminders", () => {
  it("saves each choice at once, keeps the others, and says so", async () => {
    const user = userEvent.setup();
    const shell = shellWith();
    render(Reminders);
    expect(await screen.findByTestId("remind-before-10")).toBeChecked();
    expect(screen.getByTestId("remind-late-5")).toBeChecked();
    expect(screen.getByTestId("remind-at-start")).toBeChecked();
    expect(screen.getByRole("radiogroup", { name: "Before a class" })).toBeInTheDocument();
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("remind-before-0"));
    await waitFor(() => expect(screen.getByTestId("remind-before-0")).toBeChecked());
    await waitFor(() => expect(screen.getByRole("status")).toHaveTextContent("Saved."));
    await user.click(screen.getByTestId("remind-at-start"));
    await waitFor(() => expect(screen.getByTestId("remind-at-start")).not.toBeChecked());
    await user.click(screen.getByTestId("remind-late-2"));
    await waitFor(() => expect(shell.sent("reminders_save")).toHaveLength(3));
    expect(shell.sent("reminders_save").map(({ input }) => input)).toEqual([
      { before_minutes: null, at_start: true, late_minutes: 5 },
      { before_minutes: null, at_start: false, late_minutes: 5 },
      { before_minutes: null, at_start: false, late_minutes: 2 },
    ]);
  });

  it("shows why saving was refused, and what is saved", async () => {
    const user = userEvent.setup();
    shellWith({
      reminders_save: () => {
        throw { code: "database", message: "The settings could not be written.", next: "Free some disk space." };
      },
    });
    render(Reminders);
    await user.click(await screen.findByTestId("remind-before-30"));
    expect(await screen.findByTestId("reminders-refused")).toHaveTextContent("Free some disk space.");
    await waitFor(() => expect(screen.getByTestId("remind-before-10")).toBeChecked());
  });
});
