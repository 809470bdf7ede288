import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { Toaster } from "svelte-sonner";
import { expect, it, vi } from "vitest";
import { barriers } from "../test/axe";
import { done, undoable } from "./toasts";

it("an undo offer runs once, by keyboard alone, and disappears", async () => {
  const user = userEvent.setup();
  const undo = vi.fn();
  render(Toaster);
  // Names that no other test uses: their toasts may still be on the page.
  undoable("Taken off the list", "Naginata", undo);
  const said = (await screen.findByText("Naginata")).closest<HTMLElement>("[data-testid=toast]")!;
  const button = within(said).getByRole("button", { name: "Undo" });
  expect(within(said).getByText("Taken off the list")).toBeVisible();
  expect(await barriers(said)).toEqual([]);
  button.focus();
  await user.keyboard("{Enter}");
  expect(undo).toHaveBeenCalledOnce();
  await waitFor(() => expect(button).not.toBeInTheDocument());
});

it("the same text twice is one toast", async () => {
  render(Toaster);
  done("Link copied", "Iaido");
  done("Link copied", "Iaido");
  done("Link copied", "Jodo");
  await waitFor(() => expect(screen.getByText("Jodo")).toBeVisible());
  expect(screen.getAllByText("Iaido")).toHaveLength(1);
});
