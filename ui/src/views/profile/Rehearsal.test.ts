import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { RehearsalDto } from "../../ipc/client";
import { barriers } from "../../test/axe";
import { fakeShell } from "../../test/recordings";
import Rehearsal from "./Rehearsal.svelte";

const toasts = vi.hoisted(() => ({ done: vi.fn(), problem: vi.fn() }));
vi.mock("../../state/toasts", () => toasts);

/** A shell whose rehearsal follows the commands. */
function sandbox(more: Parameters<typeof fakeShell>[0] = {}) {
  let now: RehearsalDto = {
    speed: 1,
    faults: 0,
    scenarios: [
      { name: "storage-full", title: "The storage is full", description: "Stream takes no more.", active: false },
      { name: "network-drops", title: "The network drops", description: "For <b>two</b> minutes.", active: false },
    ],
  };
  return fakeShell({
    rehearsal_get: () => now,
    rehearsal_begin: ({ name }: { name: string }) => {
      const scenarios = now.scenarios.map((row) => (row.name === name ? { ...row, active: true } : row));
      return (now = { ...now, scenarios });
    },
    rehearsal_speed: ({ factor }: { factor: number }) => (now = { ...now, speed: factor }),
    rehearsal_fault: () => (now = { ...now, faults: now.faults + 1 }),
    rehearsal_calm: () =>
      (now = { ...now, faults: 0, scenarios: now.scenarios.map((row) => ({ ...row, active: false })) }),
    ...more,
  });
}

beforeEach(() => {
  toasts.done.mockReset();
});

describe("rehearsing a bad day", () => {
  it("starts a scenario, marks it as started, and returns everything to normal", async () => {
    const user = userEvent.setup();
    const shell = sandbox();
    render(Rehearsal);
    await user.click(await screen.findByRole("button", { name: "Start The storage is full" }));
    await waitFor(() => expect(screen.getByTestId("scenario-storage-full")).toHaveTextContent("Started"));
    expect(shell.sent("rehearsal_begin")).toEqual([{ name: "storage-full" }]);
    expect(toasts.done).toHaveBeenCalledWith("The storage is full", "Stream takes no more.");
    expect(screen.getByTestId("scenario-network-drops")).toHaveTextContent("For <b>two</b> minutes.");
    expect(screen.getByTestId("scenario-network-drops")).not.toHaveTextContent("Started");
    expect(await barriers()).toEqual([]);
    await user.click(screen.getByTestId("calm"));
    await waitFor(() => expect(screen.getByTestId("scenario-storage-full")).not.toHaveTextContent("Started"));
    expect(screen.getByTestId("calm")).toBeDisabled();
  });

  it("changes the speed of the sandbox's clock", async () => {
    const user = userEvent.setup();
    const shell = sandbox();
    render(Rehearsal);
    expect(await screen.findByTestId("rehearsal-speed-1")).toBeChecked();
    await user.click(screen.getByTestId("rehearsal-speed-60"));
    await waitFor(() => expect(screen.getByTestId("rehearsal-speed-60")).toBeChecked());
    expect(shell.sent("rehearsal_speed")).toEqual([{ factor: 60 }]);
  });

  it("sets a custom fault, and refuses values out of range", async () => {
    const user = userEvent.setup();
    const shell = sandbox();
    render(Rehearsal);
    await user.click(await screen.findByText("A fault of your own"));
    await user.selectOptions(screen.getByTestId("fault-kind"), "reset");
    await user.selectOptions(screen.getByTestId("fault-calls"), "videos");
    await user.clear(screen.getByTestId("fault-count"));
    await user.clear(screen.getByTestId("fault-probability"));
    await user.type(screen.getByTestId("fault-probability"), "200");
    expect(screen.getByText(/from 1 to 100\./)).toBeInTheDocument();
    expect(screen.getByTestId("fault-set")).toBeDisabled();
    await user.clear(screen.getByTestId("fault-probability"));
    await user.type(screen.getByTestId("fault-probability"), "50");
    await user.click(screen.getByTestId("fault-set"));
    await screen.findByText(/1 fault is set/);
    const form = { kind: "reset", calls: "videos", count: null, probability: 50, seed: 1 };
    expect(shell.sent("rehearsal_fault")).toEqual([{ form }]);
    expect(screen.getByTestId("calm")).toBeEnabled();
    expect(await barriers()).toEqual([]);
  });

  it("shows why an action was refused", async () => {
    const user = userEvent.setup();
    sandbox({
      rehearsal_begin: () => {
        throw { code: "invalid_input", message: "The sandbox refused.", next: "Choose something else." };
      },
    });
    render(Rehearsal);
    await user.click(await screen.findByTestId("begin-network-drops"));
    expect(await screen.findByTestId("rehearsal-error")).toHaveTextContent("Choose something else.");
    expect(screen.getByTestId("begin-network-drops")).toBeEnabled();
  });
});
