import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { Toaster } from "svelte-sonner";
import { expect, it, vi } from "vitest";
import { offerUndo, undoNewest } from "./undo";

it("undoes each change once, by its toast or by the keys, the newest first", async () => {
  render(Toaster);
  const undone: string[] = [];
  const change = (name: string) =>
    offerUndo(`${name} is moved`, "Tuesday", name, () => Promise.resolve(void undone.push(name)));
  change("Judo");
  change("Karate");
  const toast = (await screen.findByText("Karate is moved")).closest("[data-sonner-toast]") as HTMLElement;
  await userEvent.click(toast.querySelector("button:not([data-close-button])") as HTMLElement);
  await vi.waitFor(() => expect(undone).toEqual(["Karate"]));
  expect(await undoNewest()).toEqual({ what: "Judo" });
  expect(await undoNewest()).toBe("nothing");
  expect(undone).toEqual(["Karate", "Judo"]);
});

it("forgets a change whose undo was refused, and says so by its answer", async () => {
  offerUndo("Judo is moved", "Tuesday", "Judo", () => Promise.reject(new Error("changed since")));
  expect(await undoNewest()).toBeNull();
  expect(await undoNewest()).toBe("nothing");
});
