import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { Toaster } from "svelte-sonner";
import { expect, it, vi } from "vitest";
import { barriers } from "../test/axe";
import { undoable } from "./toasts";

it("what can be undone is undone once, by keyboard alone, and the offer goes", async () => {
  const user = userEvent.setup();
  const undo = vi.fn();
  render(Toaster);
  undoable("Taken off the list", "Karate", undo);
  const button = await screen.findByRole("button", { name: "Undo" });
  const said = button.closest<HTMLElement>("[data-testid=toast]")!;
  expect(within(said).getByText("Taken off the list")).toBeVisible();
  expect(within(said).getByText("Karate")).toBeVisible();
  expect(await barriers(said)).toEqual([]);
  button.focus();
  await user.keyboard("{Enter}");
  expect(undo).toHaveBeenCalledOnce();
  await waitFor(() => expect(button).not.toBeInTheDocument());
});
