import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { barriers } from "../test/axe";
import Menu from "./Menu.svelte";

// Without a layout the sheet never gets its place, and until then it is hidden.
const item = () => screen.queryByTestId("cut");

it("a menu opens by keyboard, does what is chosen, and gives the focus back", async () => {
  const user = userEvent.setup();
  const run = vi.fn();
  render(Menu, { label: "More actions", items: [{ label: "Cut…", run, testid: "cut" }] });
  const button = screen.getByRole("button", { name: "More actions" });
  button.focus();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(item()).toHaveAttribute("data-highlighted"));
  expect(await barriers()).toEqual([]);
  await user.keyboard("{Escape}");
  await waitFor(() => expect(item()).toBeNull());
  expect(button).toHaveFocus();
  expect(run).not.toHaveBeenCalled();
  await user.keyboard("{Enter}");
  await waitFor(() => expect(item()).toHaveAttribute("data-highlighted"));
  await user.keyboard("{Enter}");
  await waitFor(() => expect(run).toHaveBeenCalledOnce());
});
